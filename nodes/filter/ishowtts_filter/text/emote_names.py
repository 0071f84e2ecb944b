"""Names of emotes: the well-known ones, and lists in files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ishowtts_bus.errors import SettingsError

MAX_FILE_BYTES = 8 * 1024 * 1024

# Global emotes of Twitch and of its extensions that nobody would write as a word.
_WELL_KNOWN = """
Kappa KappaPride KappaClaus KappaRoss KappaWealth Keepo Kreygasm PogChamp TriHard BibleThump
BabyRage ResidentSleeper NotLikeThis SwiftRage WutFace FailFish DansGame CoolStoryBob CoolCat
HeyGuys SeemsGood VoHiYo BlessRNG PJSalt EleGiggle ANELE SMOrc BrokeBack FrankerZ CorgiDerp
SourPls MingLee CmonRaz LUL TehePelo PunOko KonCha TwitchUnity GlitchCat GoatEmotey KomodoHype
PopNemo SabaPing DinoDance BloodTrail JKanStyle OpieOP PunchTrees RaccAttack TheIlluminati
monkaS monkaW monkaHmm KEKW KEKL OMEGALUL LULW LuL PepeLaugh PepeHands Pepega PepoThink
FeelsGoodMan FeelsBadMan FeelsStrongMan FeelsOkayMan FeelsWeirdMan FeelsAmazingMan
FeelsBirthdayMan POGGERS Pog PogU PogO Poggies POGSLIDE AYAYA catJAM peepoHappy peepoSad
peepoClap peepoPog peepoHey peepoBye peepoLeave peepoArrive peepoGiggles widepeepoHappy
widepeepoSad pepeJAM pepeJAMJAM PepePls pepeD ppOverheat ppHop ppL Sadge Madge Bedge Wokege
Prayge Copege Okayge Susge modCheck monkaGIGA monkaX HYPERS HYPERCLAP EZClap gachiGASM
gachiHYPER gachiBASS nymnCorn forsenE WeirdChamp Weirdge 5Head 4Head 4Weird 3Head xqcL D:
VisLaud RainTime PETTHEPEPE NODDERS NOPERS TriKool blobDance RoxyPotato AlienDance PartyParrot
CatBag (puke) (ditto) ZrehplaR ReckH SoSnowy IceCold
"""
WELL_KNOWN = frozenset(_WELL_KNOWN.split())


def load_names(paths: Sequence[str]) -> Iterator[str]:
    """The names in lists of emotes.

    Args:
        paths: Files with one name a line, or with the JSON that BTTV, FFZ or 7TV answer.

    Raises:
        SettingsError: A file that cannot be read.
    """
    for path in paths:
        data = _read(Path(path))
        if data.lstrip()[:1] in (b"{", b"["):
            yield from _from_json(path, data)
        else:
            yield from filter(None, map(str.strip, _text(path, data).splitlines()))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"cannot read the emotes in {path}: {error.strerror}") from None
    if len(data) > MAX_FILE_BYTES:
        raise SettingsError(f"the list of emotes {path} is over {MAX_FILE_BYTES} bytes")
    return data


def _text(path: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(f"the list of emotes {path} is not UTF-8") from None


def _from_json(path: str, data: bytes) -> Iterator[str]:
    try:
        tree = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SettingsError(f"the list of emotes {path} is not JSON: {error}") from None
    yield from _names_in(tree)


def _names_in(tree: Any) -> Iterator[str]:
    """An emote is an object in a list; BTTV calls its name `code`, the others `name`.

    Emotes hold lists of image files with names of their own: nothing is looked for in them.
    """
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            stack.extend(value for value in node.values() if isinstance(value, (dict, list)))
        elif isinstance(node, list):
            for item in node:
                name = item if isinstance(item, str) else _name_of(item)
                if name:
                    yield name
                elif isinstance(item, (dict, list)):
                    stack.append(item)


def _name_of(item: Any) -> str:
    name = (item.get("code") or item.get("name")) if isinstance(item, dict) else ""
    return name if isinstance(name, str) else ""
