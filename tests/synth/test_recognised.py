"""The voice as it is shipped is understood: a closed-grammar recogniser hears the words."""

from ishowtts_synth.local import speak_locally
from tests.recogniser import PHRASES, Recogniser


def test_the_default_voice_is_understood(recogniser: Recogniser) -> None:
    heard = {phrase: recogniser.hear(b"".join(speak_locally(phrase))) for phrase in PHRASES}
    assert heard["hello world"] == "hello world"
    wrong = {phrase: words for phrase, words in heard.items() if phrase != words}
    assert len(wrong) <= 2, wrong
