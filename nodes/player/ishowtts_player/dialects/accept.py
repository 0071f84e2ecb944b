"""What a client says it reads: the `Accept` header. Pure."""

ANYTHING = "*/*"
MAX_RANGES = 50
"""More than any client sends."""


class Accept:
    """Media ranges that are asked for by name; `*/*` decides nothing, for every tool sends it."""

    def __init__(self, header: str) -> None:
        ranges = (_parsed(part) for part in header.split(",")[:MAX_RANGES])
        self._quality = {name: quality for name, quality in ranges if quality > 0}

    @property
    def audio(self) -> bool:
        """Whether sound is asked for and JSON is not."""
        return self._best("audio/") > 0 and not self.json

    @property
    def json(self) -> bool:
        """Whether JSON is asked for."""
        return self._best("application/json", "application/*") > 0

    @property
    def only_json(self) -> bool:
        """Whether JSON is all that is asked for."""
        return bool(self._quality) and set(self._quality) <= {"application/json", "application/*"}

    @property
    def html(self) -> bool:
        """Whether a page is asked for."""
        return self._best("text/html", "text/*", "application/xhtml+xml") > 0

    def prefers_audio(self) -> bool:
        """Whether sound is asked for, at least as much as JSON."""
        return 0 < self._best("audio/") >= self._best("application/json", "application/*")

    def _best(self, *beginnings: str) -> float:
        named = (
            quality
            for name, quality in self._quality.items()
            if name != ANYTHING and name.startswith(beginnings)
        )
        return max(named, default=0.0)


def _parsed(part: str) -> tuple[str, float]:
    name, *parameters = part.split(";")
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            quality = _number(value.strip())
    return name.strip().lower(), quality if name.strip() else 0.0


def _number(text: str) -> float:
    """A quality, 0 to 1; what is none is 0."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 <= value <= 1 else 0.0
