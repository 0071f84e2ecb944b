"""F5-TTS: flow matching speech in the voice of a reference clip."""
