"""Says numbers in words, in the language of the text around each of them."""
