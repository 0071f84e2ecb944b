"""Finds keywords in chat however they are disguised."""
