"""Who may talk to the bridge, and how much: pure, asked by the guard for each connection."""
