"""How well a word, and a microphone, would do: the judging behind ``lamp listen``.

Sound comes in as blocks and goes nowhere; what comes out are findings. Read in this order: hum,
microphone_findings, word_findings, listener; meter and in_words are for people's eyes.
"""
