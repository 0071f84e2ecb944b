"""What makes a clip one that can be cloned, and the one form in which it is kept."""

import io
import wave

import numpy as np
import pytest

from ishowtts_player.audio.decoder import ClipError
from ishowtts_player.settings.voices import VoiceSettings
from ishowtts_player.voices.clip import RATE_HZ, read_clip
from ishowtts_schemas import MAX_REFERENCE_BYTES
from tests.player.clips import encoded, float_wav, pitch_of, tone, wav

SETTINGS = VoiceSettings()


def silence(seconds: float):
    return np.zeros((1, int(seconds * RATE_HZ)), np.float32)


def samples_of(clip: bytes):
    with wave.open(io.BytesIO(clip)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def refusal(data: bytes, settings: VoiceSettings = SETTINGS) -> tuple[str, str]:
    with pytest.raises(ClipError) as raised:
        read_clip(data, settings)
    return raised.value.code, raised.value.text


@pytest.mark.parametrize("kind", ["wav", "mp3", "opus", "m4a", "flac"])
def test_whatever_came_a_mono_wav_at_24_khz_is_kept(kind):
    clip = read_clip(wav() if kind == "wav" else encoded(kind), SETTINGS)

    assert clip.seconds == pytest.approx(len(samples_of(clip.wav)) / RATE_HZ)
    assert pitch_of(clip.wav) == pytest.approx(400, abs=2)


def test_the_same_clip_is_always_the_same_bytes():
    assert read_clip(wav(), SETTINGS) == read_clip(wav(), SETTINGS)


def test_a_clip_in_the_stores_own_form_is_kept_as_it_is():
    once = read_clip(encoded("mp3"), SETTINGS)

    assert read_clip(once.wav, SETTINGS).seconds == pytest.approx(once.seconds, abs=0.05)


def test_silence_at_the_ends_is_cut_gently_and_inner_pauses_stay():
    said = np.concatenate([tone(0.5), silence(0.4), tone(0.5)], axis=1)
    padded = np.concatenate([silence(2), said, silence(3)], axis=1)

    assert read_clip(wav(padded), SETTINGS).seconds == pytest.approx(1.6, abs=0.03)


def test_beyond_full_scale_it_is_made_softer_and_not_cut():
    clip = samples_of(read_clip(float_wav(tone()[0] * 10), SETTINGS).wav)

    assert abs(clip).max() == 32_767
    assert (abs(clip) == 32_767).mean() < 0.05


def test_the_longest_clip_fits_into_a_message():
    assert len(read_clip(wav(tone(30)), SETTINGS).wav) <= MAX_REFERENCE_BYTES


BAD = {
    "silent": (wav(silence(3)), "CLIP_SILENT", "the clip is silent"),
    "nearly silent": (wav(tone() / 1000), "CLIP_SILENT", "the clip is silent"),
    "empty": (wav(silence(0)), "CLIP_SILENT", "the clip is silent"),
    "a cough": (wav(tone(0.2)), "CLIP_TOO_SHORT", "0.2 s of sound are too few"),
    "a cough in silence": (
        wav(np.concatenate([silence(5), tone(0.2), silence(5)], axis=1)),
        "CLIP_TOO_SHORT",
        "0.4 s of sound are too few",
    ),
    "a speech": (wav(tone(31)), "CLIP_TOO_LONG", "31.0 s of sound are too many"),
    "a lecture": (wav(tone(61)), "CLIP_TOO_LONG", "the clip is longer than 60 s"),
    "shouted": (wav(np.clip(tone() * 99, -1, 1)), "CLIP_OVERDRIVEN", "the clip is overdriven"),
    "no numbers": (
        float_wav(np.full(RATE_HZ, np.nan, np.float32)),
        "BAD_CLIP",
        "the clip holds samples that are no numbers",
    ),
    "infinite": (
        float_wav(np.full(RATE_HZ, np.inf, np.float32)),
        "BAD_CLIP",
        "the clip holds samples that are no numbers",
    ),
    "text": (b"hello", "BAD_CLIP", "this is no audio"),
}


@pytest.mark.parametrize(("data", "code", "text"), BAD.values(), ids=BAD.keys())
def test_a_clip_that_nobody_could_clone_is_refused_with_its_reason(data, code, text):
    found_code, found_text = refusal(data)

    assert found_code == code
    assert found_text.startswith(text)


def test_the_limits_are_those_of_the_settings():
    strict = VoiceSettings(min_clip_s=1.0, max_clip_s=2.0)

    assert refusal(wav(tone(0.9)), strict)[0] == "CLIP_TOO_SHORT"
    assert refusal(wav(tone(2.5)), strict)[0] == "CLIP_TOO_LONG"
