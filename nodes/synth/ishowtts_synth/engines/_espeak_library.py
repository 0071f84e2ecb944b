"""espeak-ng's C library through ctypes: the first audio after 0.15 ms.

Function and constant names are those of espeak-ng's speak_lib.h, version 1.52.
"""

import ctypes
import importlib
import importlib.util
import threading
from pathlib import Path
from typing import Any

from ishowtts_synth.engines._espeak_backend import EspeakVoice, Manner, PcmSink
from ishowtts_synth.errors import EngineError, EngineUnavailableError

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1  # and neither espeakSSML (0x10) nor espeakPHONEMES (0x100): text stays text
_POS_CHARACTER = 1
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_EE_OK = 0
_PIECE_MS = 120  # each piece takes the GIL once; the first one is there after 0.2 ms

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)

_in_use = threading.Lock()
"""The library keeps its state in C globals, so a process has one."""


class _VoiceStruct(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.POINTER(ctypes.c_char)),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


def library_installed() -> bool:
    return importlib.util.find_spec("espeakng_loader") is not None


class EspeakLibrary:
    """The library and data that the `espeakng-loader` package brings."""

    device = "cpu"

    def __init__(self) -> None:
        self._library: Any = None
        self._data = Path()
        self._callback: Any = None
        self._sink: PcmSink | None = None
        self._error: Exception | None = None
        self._selected = ""

    def open(self) -> int:
        if not _in_use.acquire(blocking=False):
            raise EngineUnavailableError("espeak-ng is already in use in this process")
        try:
            return self._open()
        except BaseException:
            self._library = None
            _in_use.release()
            raise

    def _open(self) -> int:
        loader = importlib.import_module("espeakng_loader")
        self._data = Path(loader.get_data_path())
        try:
            library = _declare(ctypes.CDLL(str(loader.get_library_path())))
        except OSError as error:
            raise EngineUnavailableError(f"espeak-ng's library does not load: {error}") from None
        rate_hz = library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS,
            _PIECE_MS,
            str(self._data).encode(),
            _INITIALIZE_DONT_EXIT,
        )
        if rate_hz <= 0:
            raise EngineUnavailableError(f"espeak-ng cannot read its data in {self._data}")
        self._callback = _Callback(self._on_audio)
        library.espeak_SetSynthCallback(self._callback)
        self._library, self._selected = library, ""
        return rate_hz

    def voices(self) -> list[EspeakVoice]:
        rows = self._library.espeak_ListVoices(None)
        found: list[EspeakVoice] = []
        while rows[len(found)]:
            row = rows[len(found)].contents
            languages = tuple(_read_languages(row.languages))
            found.append(EspeakVoice(row.identifier.decode(), row.name.decode(), languages))
        return found

    def variants(self) -> list[str]:
        return sorted(path.name for path in (self._data / "voices" / "!v").iterdir())

    def speak(self, text: str, voice: EspeakVoice, manner: Manner, sink: PcmSink) -> None:
        self._select(f"{voice.identifier}+{manner.variant}" if manner.variant else voice.identifier)
        parameters = {
            _RATE: manner.rate_wpm,
            _VOLUME: manner.volume,
            _PITCH: manner.pitch,
            _RANGE: manner.pitch_range,
        }
        for parameter, value in parameters.items():
            _check(
                self._library.espeak_SetParameter(parameter, value, 0),
                f"setting {parameter}",
            )
        self._synthesise(text.encode("utf-8", "replace") + b"\0", sink)

    def close(self) -> None:
        if self._library is not None:
            self._library.espeak_Terminate()
            self._library = None
            _in_use.release()

    def _select(self, name: str) -> None:
        if name == self._selected:
            return
        self._selected = ""
        # A voice that it does not know leaves the last one on, with no more than this code.
        _check(self._library.espeak_SetVoiceByName(name.encode()), f"choosing voice {name}")
        self._selected = name

    def _synthesise(self, utf8: bytes, sink: PcmSink) -> None:
        self._sink, self._error = sink, None
        code = self._library.espeak_Synth(
            utf8, len(utf8), 0, _POS_CHARACTER, 0, _CHARS_UTF8, None, None
        )
        self._sink = None
        if self._error is not None:
            raise self._error
        _check(code, "speaking")

    def _on_audio(self, samples: Any, count: int, _events: Any) -> int:
        """Called by espeak between pieces; 1 makes it stop."""
        if self._error is not None or self._sink is None:
            return 1
        if not samples or count <= 0:
            return 0
        try:
            return 0 if self._sink(ctypes.string_at(samples, 2 * count)) else 1
        except Exception as error:  # noqa: BLE001 - no exception can cross C; raised after it
            self._error = error
            return 1


def _check(code: int, doing: str) -> None:
    if code != _EE_OK:
        raise EngineError(f"espeak-ng answered {code} when {doing}")


def _declare(library: ctypes.CDLL) -> ctypes.CDLL:
    """Pointers are 8 bytes wide; ctypes would pass and return 4."""
    text, number, pointer = ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p
    library.espeak_Initialize.argtypes = (number, number, text, number)
    library.espeak_SetSynthCallback.argtypes = (_Callback,)
    library.espeak_SetSynthCallback.restype = None
    library.espeak_ListVoices.argtypes = (pointer,)
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_VoiceStruct))
    library.espeak_SetVoiceByName.argtypes = (text,)
    library.espeak_SetParameter.argtypes = (number, number, number)
    unsigned = ctypes.c_uint
    library.espeak_Synth.argtypes = (
        text,
        ctypes.c_size_t,
        unsigned,
        number,
        unsigned,
        unsigned,
    ) + (pointer,) * 2
    library.espeak_Terminate.argtypes = ()
    return library


def _read_languages(packed: Any) -> list[tuple[int, str]]:
    """Entries of a priority byte and a C string; a priority of 0 ends them."""
    found: list[tuple[int, str]] = []
    offset = 0
    while priority := packed[offset][0]:
        tag = bytearray()
        offset += 1
        while packed[offset] != b"\0":
            tag += packed[offset]
            offset += 1
        offset += 1
        found.append((priority, tag.decode()))
    return found
