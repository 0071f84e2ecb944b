"""Plays the espeak-ng program: its options, its lists, its WAV on standard output.

A tone of 50 ms at speed 150 for each character; `-v` with an unknown voice ends as espeak-ng does.
"""

import math
import struct
import sys
from array import array

RATE_HZ = 22_050
VOICES = """\
Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  cmn             --/M      Chinese_(Mandarin,_latin_as_English) sit/cmn  (zh-cmn 5)(zh 5)
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 5  ru              --/M      Russian            zle/ru
"""
VARIANTS = """\
Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  variant         --/F      female2            !v/f2
 5  variant         --/M      male1              !v/m1
"""


def main(arguments: list[str]) -> int:
    if "--voices" in arguments:
        sys.stdout.write(VOICES)
    elif "--voices=variant" in arguments:
        sys.stdout.write(VARIANTS)
    else:
        return speak(dict(zip(arguments, [*arguments[1:], ""], strict=True)))
    return 0


def speak(options: dict[str, str]) -> int:
    if options.get("-v", "gmw/en-US").partition("+")[0] not in VOICES:
        sys.stderr.write("Error: The specified espeak-ng voice does not exist.\n")
        return 1
    text = sys.stdin.buffer.read().decode()
    out = sys.stdout.buffer
    size = 0x7FFFFFFF  # espeak-ng cannot know it either
    out.write(b"RIFF" + struct.pack("<I", size) + b"WAVEfmt ")
    out.write(struct.pack("<IHHIIHH", 16, 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16))
    out.write(b"data" + struct.pack("<I", size))
    length = round(RATE_HZ / 20 * 150 / int(options.get("-s", "150")))
    wave = (round(8000 * math.sin(2 * math.pi * 441 * i / RATE_HZ)) for i in range(length))
    syllable = array("h", wave).tobytes()
    for _ in text:
        out.write(syllable)
        out.flush()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:
        sys.exit(1)
