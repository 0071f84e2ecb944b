"""Speech for one client: asked of the synths, read as it is made."""
