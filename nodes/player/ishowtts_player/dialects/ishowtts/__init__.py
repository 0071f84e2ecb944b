"""iShowTTS's own interface: speech, the danmaku socket, and its older danmaku service."""
