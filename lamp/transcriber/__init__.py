"""The transcriber: utterances in, characters out, by any wav2vec2 CTC model in ONNX."""
