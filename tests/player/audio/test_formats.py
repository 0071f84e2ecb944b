"""The names of formats."""

import pytest

from ishowtts_player.audio.formats import (
    ELEVENLABS_FORMATS,
    OPENAI_FORMATS,
    OutputFormat,
    elevenlabs_format,
    openai_format,
)
from ishowtts_player.errors import InputError


def test_elevenlabs_names_say_codec_rate_and_kilobits():
    assert elevenlabs_format("mp3_44100_128") == OutputFormat("mp3", 44_100, 128_000)
    assert elevenlabs_format("mp3_22050_32") == OutputFormat("mp3", 22_050, 32_000)
    assert elevenlabs_format("opus_48000_96") == OutputFormat("opus", 48_000, 96_000)
    assert elevenlabs_format("pcm_16000") == OutputFormat("pcm", 16_000)
    assert elevenlabs_format("wav_44100") == OutputFormat("wav", 44_100)
    assert elevenlabs_format("ulaw_8000") == OutputFormat("ulaw", 8000)
    assert elevenlabs_format("alaw_8000").media_type == "audio/x-alaw-basic"


def test_the_default_of_elevenlabs_published_document_is_known():
    assert elevenlabs_format("mp3_44100") == elevenlabs_format("mp3_44100_128")


def test_openais_formats_have_the_rate_that_its_clients_play_bare_samples_at():
    assert {row.rate_hz for row in OPENAI_FORMATS.values()} == {24_000}
    assert set(OPENAI_FORMATS) == {"mp3", "opus", "aac", "flac", "wav", "pcm"}
    assert openai_format("mp3").media_type == "audio/mpeg"


@pytest.mark.parametrize(
    "name", ["", "mp3", "mp3_44100_129", "mp3_24000", "pcm_11025", "opus_48000", "../pcm_8000"]
)
def test_an_unknown_name_lists_what_there_is(name):
    with pytest.raises(InputError, match="no output format") as refused:
        elevenlabs_format(name)
    assert (refused.value.status, refused.value.code) == (400, "UNKNOWN_FORMAT")
    with pytest.raises(InputError, match="there are: mp3, opus"):
        openai_format("ogg_vorbis")


def test_every_format_has_a_media_type():
    for row in (*ELEVENLABS_FORMATS.values(), *OPENAI_FORMATS.values()):
        assert row.media_type.startswith("audio/")
