"""Utterances on their way through the synths, and which engine takes them."""
