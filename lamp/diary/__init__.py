"""The diary: what was said, what the lamp did about it, and what it turned out to mean.

The anticipator alone writes it; the trainer and the command line read.
"""
