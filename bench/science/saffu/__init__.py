"""SAFFU, the talk's transformer, as a language model of text; written anew, see NOTICE.

To be read in this order:

1. :mod:`.contexts`    what stands before a place in a text: block, radial, document
2. :mod:`.embed`       what a token is: a bit cipher and the ciphers of its company
3. :mod:`.network`     attention, hidden layer, output layer: the way forward
4. :mod:`.explicit`    phase 1: all weights from counts, and what the hidden targets are
5. :mod:`.descent`     phase 2: steps with W, U and O; phase 3: with the embeddings as well

The lamp itself does not use this room: its commands are too short for it (docs/learning.md).
Sources: Williams & Zhao, arXiv 2311.07498, 2311.07510 and 2311.11012; the talk of Jake Ryland
Williams at Stanford's CS25.
"""
