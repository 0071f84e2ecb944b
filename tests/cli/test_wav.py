"""WAV files that others can read."""

import io
import wave

from ishowtts_cli.wav import stream_header, wav_bytes

PCM = b"\x01\x00\xff\x7f\x00\x80"


def test_a_file_holds_what_it_was_given():
    with wave.open(io.BytesIO(wav_bytes(PCM, 24_000))) as file:
        assert file.getparams()[:4] == (1, 2, 24_000, 3)
        assert file.readframes(3) == PCM


def test_a_streams_head_has_the_format_and_no_end():
    head = stream_header(22_050)

    assert len(head) == 44
    with wave.open(io.BytesIO(head + PCM)) as file:
        assert file.getparams()[:3] == (1, 2, 22_050)
        assert file.readframes(3) == PCM
