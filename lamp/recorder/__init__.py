"""The recorder: sound in, utterances out. Sound is never written to disk."""
