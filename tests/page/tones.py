"""Sound whose every fault can be told from the samples."""

import math
import struct

RATE_HZ = 24000
TONE_HZ = 400
AMPLITUDE = 0.3
LARGEST_STEP = 2 * math.pi * TONE_HZ / RATE_HZ * AMPLITUDE
"""Between neighbouring samples of the tone; a click is larger."""


def tone(seconds: float, rate_hz: int = RATE_HZ) -> bytes:
    """A sine, s16le mono; whole periods where 1/400 s divides `seconds`."""
    count = round(seconds * rate_hz)
    step = 2 * math.pi * TONE_HZ / rate_hz
    values = (round(32767 * AMPLITUDE * math.sin(step * i)) for i in range(count))
    return struct.pack(f"<{count}h", *values)
