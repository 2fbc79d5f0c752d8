"""Half of what people mean was said before: a household of two-turn conversations.

The second turn is the same words each time; what it asks for hangs on the first turn, or on what
the lamp just did. Who reads the last utterance alone can only guess.
"""
