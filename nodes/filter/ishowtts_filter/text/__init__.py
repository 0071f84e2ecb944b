"""Text as Unicode has it: no rule of ours, only what it consists of."""
