"""Refits the language model on the diary's labels, and promotes or rejects the result."""
