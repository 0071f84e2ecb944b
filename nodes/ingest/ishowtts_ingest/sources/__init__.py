"""The sources of chat, one file each; `registry` knows them by name."""
