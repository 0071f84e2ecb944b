"""Rooms: what their listeners hear, and from where they go on when they come back."""
