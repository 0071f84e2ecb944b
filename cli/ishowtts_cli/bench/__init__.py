"""`ishowtts bench`: what the pipeline does on this machine, measured from outside."""
