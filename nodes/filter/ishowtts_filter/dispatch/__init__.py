"""What is spoken next: the queue, admission, and who is asked."""
