"""Which channels are read, and by which running source."""
