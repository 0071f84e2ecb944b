"""What a client is told when something cannot be done; how it is written is its dialect's.

ApiError                  a status, a stable code, one sentence for a person
    InputError            400, change the request
        NothingToSpeakError   its text has no sound; sockets pass over it
    UnavailableError      503, try again later
    SynthesisError        502, the engine could not speak it
    SpeechTimeoutError    504, nothing came in time
    CommandRefusedError   a node's own refusal, with the status that it means
"""

from collections.abc import Mapping

import msgspec

from ishowtts_schemas import CommandErrorCode


class ApiError(Exception):
    """An answer that is an error.

    Attributes:
        status: HTTP status.
        code: Stable upper-case word for programs.
        text: One sentence for a person, without internals.
        headers: To be sent along.
        field: The one field of the request that is meant; None for none or several.
    """

    def __init__(
        self,
        status: int,
        code: str,
        text: str,
        headers: Mapping[str, str] | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.headers = dict(headers or {})
        self.field = field


class InputError(ApiError):
    """The request cannot be served as it is."""

    def __init__(
        self, text: str, code: str = "BAD_REQUEST", status: int = 400, field: str | None = None
    ) -> None:
        super().__init__(status, code, text, field=field)


class NothingToSpeakError(InputError):
    """Whoever waits for audio would get none."""

    def __init__(self, field: str | None = None) -> None:
        text = "there is nothing to speak in the text"
        super().__init__(text, "NOTHING_TO_SPEAK", field=field)


class UnavailableError(ApiError):
    """The same request may succeed later."""

    def __init__(self, text: str, code: str = "UNAVAILABLE", retry_after_s: int = 1) -> None:
        super().__init__(503, code, text, {"retry-after": str(retry_after_s)})


class SynthesisError(ApiError):
    """A synth failed with it."""

    def __init__(self, text: str) -> None:
        super().__init__(502, "SYNTHESIS_FAILED", text)


class SpeechTimeoutError(ApiError):
    """No synth answered in time."""

    def __init__(self, text: str) -> None:
        super().__init__(504, "TIMEOUT", text)


_REFUSALS: dict[CommandErrorCode, tuple[int, str]] = {
    "bad_request": (400, "BAD_REQUEST"),
    "not_found": (404, "NOT_FOUND"),
    "conflict": (409, "CONFLICT"),
    "unavailable": (501, "NOT_AVAILABLE"),
    "failed": (503, "UNAVAILABLE"),
}


class CommandRefusedError(ApiError):
    """A node was asked and will not."""

    def __init__(self, code: CommandErrorCode | None, text: str) -> None:
        super().__init__(*_REFUSALS[code or "failed"], text)


class ErrorBody(msgspec.Struct):
    """Body of an error on the bridge's own paths."""

    error: str
    code: str
