"""The voices that are cloned: their clips, checked, kept, and sent to every synth."""
