"""What goes wrong for good."""


class SourceError(Exception):
    """The source cannot run as configured; the text is one sentence for a person."""
