"""YouTube's live chat: what it sends, how it is asked, and what that may cost."""
