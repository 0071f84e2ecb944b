"""The node that speaks: text in, audio out, one engine per process."""
