"""Who is meant by a request that two systems could take: every rule, request and answer."""

import pytest

from ishowtts_player.dialects.accept import Accept
from ishowtts_player.dialects.chooser import (
    CHATTERBOX_KEYS,
    ISHOWTTS_KEYS,
    Signs,
    choose_speech,
    choose_voices,
    translated,
    wants_page,
)
from ishowtts_player.dialects.registry import CHATTERBOX, F5, ISHOWTTS, OPENAI
from ishowtts_player.errors import InputError

BARE = {"text": "hi"}


def signs(asked=None, listener=None, accept="*/*") -> Signs:
    return Signs(asked, listener, Accept(accept))


def test_who_is_named_by_the_client_answers_whatever_the_body_says():
    ours, theirs = {"text": "hi", "voice_id": "en"}, {"text": "hi", "voice": {}}
    for body in (BARE, ours, theirs, {**ours, **theirs}, [], None):
        assert choose_speech(signs(asked=ISHOWTTS, listener=CHATTERBOX), body) is ISHOWTTS
        assert choose_speech(signs(asked=CHATTERBOX, listener=ISHOWTTS), body) is CHATTERBOX


def test_a_system_that_has_no_such_path_is_refused():
    with pytest.raises(InputError, match="ishowtts and chatterbox") as refused:
        choose_speech(signs(asked=OPENAI), BARE)
    assert (refused.value.status, refused.value.code) == (400, "WRONG_DIALECT")


@pytest.mark.parametrize("key", sorted(ISHOWTTS_KEYS))
def test_a_key_of_ishowtts_tells(key):
    assert choose_speech(signs(listener=CHATTERBOX, accept="audio/*"), {key: None}) is ISHOWTTS


@pytest.mark.parametrize("key", sorted(CHATTERBOX_KEYS))
def test_a_key_of_chatterbox_tells(key):
    json = "application/json"
    assert choose_speech(signs(listener=ISHOWTTS, accept=json), {key: None}) is CHATTERBOX


def test_mixed_keys_are_named():
    mixed = {"text": "hi", "voice_id": "en", "seed": 1, "audio": {}, "language_id": "de"}
    with pytest.raises(InputError) as refused:
        choose_speech(signs(), mixed)
    assert refused.value.code == "MIXED_DIALECTS"
    for key in ("seed, voice_id", "audio, language_id", "X-TTS-Dialect"):
        assert key in refused.value.text


@pytest.mark.parametrize("voice", [{}, None, {"audio_prompt_path": "a.wav"}])
def test_an_object_as_voice_is_chatterbox_s(voice):
    assert choose_speech(signs(), {"text": "hi", "voice": voice}) is CHATTERBOX


def test_a_text_as_voice_is_a_habit_from_elsewhere():
    with pytest.raises(InputError, match="voice_id") as refused:
        choose_speech(signs(listener=CHATTERBOX), {"text": "hi", "voice": "alloy"})
    assert refused.value.field == "voice"


def test_a_model_is_chatterbox_s_whatever_it_is_called():
    assert choose_speech(signs(), {"text": "hi", "model": "espeak"}) is CHATTERBOX


@pytest.mark.parametrize("body", [BARE, {}, {"text": "hi", "unknown": 1}, [], "hi", 5, None])
def test_without_a_telling_key_the_port_decides(body):
    assert choose_speech(signs(listener=CHATTERBOX, accept="application/json"), body) is CHATTERBOX
    assert choose_speech(signs(listener=ISHOWTTS, accept="audio/wav"), body) is ISHOWTTS
    assert choose_speech(signs(listener=F5), body) is ISHOWTTS


ACCEPTS = {
    "": ISHOWTTS,
    "*/*": ISHOWTTS,
    "text/html, */*": ISHOWTTS,
    "application/json": ISHOWTTS,
    "audio/wav": CHATTERBOX,
    "audio/*": CHATTERBOX,
    "Audio/WAV;q=0.5, */*;q=0.1": CHATTERBOX,
    "audio/wav, application/json": ISHOWTTS,
    "application/*, audio/*": ISHOWTTS,
    "audio/wav;q=0": ISHOWTTS,
    "audio/wav;q=x": ISHOWTTS,
    "audio/wav, application/json;q=0": CHATTERBOX,
    ",,;;q=1,": ISHOWTTS,
}


@pytest.mark.parametrize("accept", sorted(ACCEPTS))
def test_then_what_the_client_reads_decides(accept):
    assert choose_speech(signs(accept=accept), BARE) is ACCEPTS[accept]


def test_voices_go_by_name_and_port_alone():
    assert choose_voices(signs(accept="audio/wav")) is ISHOWTTS
    assert choose_voices(signs(listener=CHATTERBOX)) is CHATTERBOX
    assert choose_voices(signs(listener=F5)) is ISHOWTTS
    assert choose_voices(signs(asked=ISHOWTTS, listener=CHATTERBOX)) is ISHOWTTS
    assert choose_voices(signs(asked=CHATTERBOX)) is CHATTERBOX


def test_a_person_gets_the_page_and_a_client_of_f5_its_json():
    browser = "text/html,application/xhtml+xml,*/*;q=0.8"
    assert wants_page(signs(), F5)
    assert wants_page(signs(accept=browser, listener=F5), F5)
    assert not wants_page(signs(accept="application/json"), F5)
    assert not wants_page(signs(listener=F5), F5)
    assert not wants_page(signs(asked=F5, accept=browser), F5)
    assert wants_page(signs(asked=ISHOWTTS, accept="application/json"), F5)


def test_foreign_keys_are_translated_for_who_is_named():
    mixed = {"text": "hi", "voice_id": "en", "language": "de", "cfg_strength": 2.0}
    assert translated(CHATTERBOX, mixed) == {
        **mixed,
        "voice": {"audio_prompt_path": "en"},
        "language_id": "de",
    }
    theirs = {"text": "hi", "voice": {"audio_prompt_path": "voices/a.wav"}, "language_id": "de"}
    assert translated(ISHOWTTS, theirs) == {**theirs, "voice_id": "a", "language": "de"}
    assert translated(ISHOWTTS, {"voice": "anna"})["voice_id"] == "anna"
    assert translated(CHATTERBOX, {"voice": "anna"})["voice"] == {"audio_prompt_path": "anna"}


def test_what_a_client_says_in_both_words_stays_as_the_named_one_s():
    both = {"voice_id": "en", "voice": {"audio_prompt_path": "a"}, "language_id": "de"}
    assert translated(ISHOWTTS, {**both, "language": "fr"})["language"] == "fr"
    assert translated(ISHOWTTS, both)["voice_id"] == "en"
    assert translated(CHATTERBOX, both)["voice"] == {"audio_prompt_path": "a"}


def test_guidance_is_never_carried_over():
    assert "cfg_strength" not in translated(ISHOWTTS, {"voice": {"cfg_weight": 0.5}})
    assert "voice" not in translated(CHATTERBOX, {"cfg_strength": 2.0})
