"""The record of every message and its end: one SQLite file per filter, which survives a crash."""
