"""Audio as clients want it: rates, formats, pace."""
