"""Twitch's chat: IRC lines, what they mean, and the connections that carry them."""
