"""Whose a path is, and in which shape an error is written there."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_player.dialects.arrival import note_dialect
from ishowtts_player.dialects.errors import CHOSEN, render_error
from ishowtts_player.dialects.registry import CHATTERBOX, DIALECTS, F5, OPENAI, takes_late_token
from ishowtts_player.errors import ApiError, InputError

PORTS = {8081: CHATTERBOX, 8000: F5}
ERROR = InputError("speed must be smaller", "BAD_SPEED", field="speed")

PLAIN = "speed must be smaller"
CODED = {"error": PLAIN, "code": "BAD_SPEED"}
DETAIL = {"detail": PLAIN}
OPENAI_SHAPE = {
    "error": {
        "message": PLAIN,
        "type": "invalid_request_error",
        "param": "speed",
        "code": "bad_speed",
    }
}
ELEVENLABS_SHAPE = {"detail": {"status": "bad_speed", "message": PLAIN}}


def scope(path: str, port: int = 8080, query: str = "", **headers: str) -> dict:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": raw,
        "server": ("127.0.0.1", port),
    }


def shape(connection: dict, error: ApiError = ERROR):
    assert note_dialect(connection, PORTS) is None
    body, media_type = render_error(connection, error)
    return json.loads(body) if media_type == "application/json" else body.decode()


SHAPES = {
    "/api/tts": PLAIN,
    "/api/tts/": PLAIN,
    "/api/danmaku/start": CODED,
    "/api/voices": CODED,
    "/nowhere": CODED,
    "/": CODED,
    "/api/voice/default": CODED,
    "/ws/tts": CODED,
    "/v1/generate": DETAIL,
    "/v1/generate/stream": DETAIL,
    "/download/x": DETAIL,
    "/v1/generated": CODED,
    "/v1/audio/speech": OPENAI_SHAPE,
    "/v1/models": OPENAI_SHAPE,
    "/v1/models/tts-1": OPENAI_SHAPE,
    "/v1/chat/completions": OPENAI_SHAPE,
    "/shimmy/generate": OPENAI_SHAPE,
    "/v1/text-to-speech/anna": ELEVENLABS_SHAPE,
    "/v1/voices": ELEVENLABS_SHAPE,
    "/v1/voices/anna": ELEVENLABS_SHAPE,
    "/v2/voices": ELEVENLABS_SHAPE,
}


@pytest.mark.parametrize("path", sorted(SHAPES))
def test_an_error_is_written_as_the_path_s_clients_read_it(path):
    assert shape(scope(path)) == SHAPES[path]


def test_a_port_decides_where_the_path_does_not():
    assert shape(scope("/api/tts", 8081)) == CODED
    assert shape(scope("/api/tts", 8000)) == PLAIN
    assert shape(scope("/nowhere", 8000)) == DETAIL
    assert shape(scope("/health", 8000)) == DETAIL
    assert shape(scope("/api/danmaku/start", 8000)) == CODED
    assert shape(scope("/v1/audio/speech", 8000)) == OPENAI_SHAPE


def test_the_client_s_word_comes_first():
    for asked in (
        scope("/api/tts", x_tts_dialect="Chatterbox"),
        scope("/api/tts", query="dialect=chatterbox"),
        scope("/chatterbox/api/tts"),
    ):
        assert shape(asked) == CODED
    assert shape(scope("/api/tts", 8081, x_tts_dialect="ishow")) == PLAIN
    assert shape(scope("/f5/api/tts", query="dialect=chatterbox")) == CODED
    both = scope("/api/tts", query="dialect=f5", x_tts_dialect="chatterbox")
    assert shape(both) == CODED


def test_the_handler_s_word_is_the_last():
    connection = scope("/v1/models", x_tts_dialect="elevenlabs")
    assert note_dialect(connection, PORTS) is None
    connection["state"][CHOSEN] = OPENAI
    assert json.loads(render_error(connection, ERROR)[0]) == OPENAI_SHAPE


def test_a_prefix_is_taken_off_the_path():
    for path, rest in (
        ("/ishow/api/tts", "/api/tts"),
        ("/ishowtts/api/voices", "/api/voices"),
        ("/openai/v1/models", "/v1/models"),
        ("/elevenlabs/v1/models", "/v1/models"),
        ("/shimmy/generate", "/shimmy/generate"),
        ("/openai", "/openai"),
        ("/f5/", "/"),
        ("//openai/x", "//openai/x"),
    ):
        connection = scope(path)
        note_dialect(connection, {})
        assert (connection["path"], connection["raw_path"]) == (rest, rest.encode())


def test_an_unknown_name_is_an_error_that_lists_the_known_ones():
    refusal = note_dialect(scope("/api/tts", x_tts_dialect="polly"), {})
    assert refusal is not None
    assert refusal.code == "UNKNOWN_DIALECT"
    for name in DIALECTS:
        assert name in refusal.text


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (429, "rate_limit_error"),
        (503, "server_error"),
    ],
)
def test_openai_s_clients_learn_the_kind_of_an_error(status, kind):
    told = shape(scope("/v1/audio/speech"), ApiError(status, "X", "because"))
    assert told["error"]["type"] == kind
    assert told["error"]["param"] is None


def test_only_elevenlabs_sockets_may_show_the_token_later():
    assert takes_late_token("/v1/text-to-speech/anna/stream-input")
    assert takes_late_token("/v1/text-to-speech/anna/multi-stream-input")
    for path in ("/v1/text-to-speech/anna/stream", "/ws/tts", "/x/stream-input", "/"):
        assert not takes_late_token(path)


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=40), st.text(max_size=30), st.binary(max_size=30), st.integers(0, 65535))
def test_nothing_that_a_client_sends_breaks_the_choice(path, query, header, port):
    connection = scope(f"/{path}", port, "")
    connection["query_string"] = query.encode("utf-8", "replace")
    connection["headers"] = [(b"X-TTS-Dialect", header)] if header else []
    refusal = note_dialect(connection, PORTS)
    assert connection["path"].startswith("/")
    body, _ = render_error(connection, refusal or ERROR)
    assert body
