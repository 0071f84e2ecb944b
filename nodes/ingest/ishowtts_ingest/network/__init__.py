"""How platforms are reached."""
