"""What is said of an utterance, and in which voice."""
