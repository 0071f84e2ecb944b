"""The voices as commands over the bus: what `ishowtts voices` sends."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import msgspec

from ishowtts_bus import CommandError
from ishowtts_player.errors import ApiError
from ishowtts_player.voices.library import VoiceLibrary
from ishowtts_schemas import CommandErrorCode, Part, VoiceAdd, VoiceDetails, VoiceList, VoiceName

T = TypeVar("T", bound=Part)

_CODES: Mapping[int, CommandErrorCode] = {
    400: "bad_request",
    404: "not_found",
    409: "conflict",
    413: "bad_request",
    501: "unavailable",
}


class VoiceCommands:
    """Handlers by the command's name."""

    def __init__(self, library: VoiceLibrary) -> None:
        self._library = library
        self.handlers: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
            "voices": self._list,
            "voice": self._show,
            "voice-add": self._add,
            "voice-reset": self._reset,
            "voice-remove": self._remove,
        }

    async def _list(self, _args: dict[str, Any]) -> VoiceList:
        return self._library.list()

    async def _show(self, args: dict[str, Any]) -> VoiceDetails:
        with _Refusals():
            return self._library.details(_read(args, VoiceName).voice)

    async def _add(self, args: dict[str, Any]) -> VoiceDetails:
        with _Refusals():
            wanted = _read(args, VoiceAdd)
            async with self._library.reception.uploading():
                return await self._library.add(wanted)

    async def _reset(self, args: dict[str, Any]) -> VoiceDetails:
        with _Refusals():
            return await self._library.reset(_read(args, VoiceName).voice)

    async def _remove(self, args: dict[str, Any]) -> None:
        with _Refusals():
            await self._library.remove(_read(args, VoiceName).voice)


class _Refusals:
    """What interfaces are told as an HTTP error, a command is told as its own."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, ApiError):
            raise CommandError(_CODES.get(error.status, "failed"), error.text) from None


def _read(args: dict[str, Any], kind: type[T]) -> T:
    try:
        return msgspec.convert(args, kind)
    except msgspec.ValidationError as error:
        raise CommandError("bad_request", str(error)) from None
