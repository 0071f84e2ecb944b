"""Bilibili's live chat: packets, the two ways in, and what its commands mean."""
