"""Formats of recorded chat, one file each; the `replay` source plays them."""
