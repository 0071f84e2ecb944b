"""What happens to messages when processes die: scenarios, and the checker of their histories."""
