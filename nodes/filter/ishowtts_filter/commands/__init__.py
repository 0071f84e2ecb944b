"""Commands in chat: found, allowed, obeyed."""
