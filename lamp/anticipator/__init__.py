"""Hears transcripts, decides, and learns from the switch what they meant."""
