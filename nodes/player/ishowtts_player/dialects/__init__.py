"""The interfaces that other systems' clients know, each over the same requests for speech."""
