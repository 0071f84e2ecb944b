"""`ishowtts f5 bench`: the F5 engine beside stock f5-tts. Needs no broker, only the engine."""
