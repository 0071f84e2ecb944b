"""`ishowtts run-all`: the broker and all nodes, started, watched and stopped."""
