from pathlib import Path
from typing import Annotated

import pytest
from msgspec import Meta

from ishowtts_bus import BrokerSettings, Settings, SettingsError
from ishowtts_bus.settings import leaf_keys, load, render_toml


class QueueSettings(Settings):
    """Where work waits."""

    capacity: Annotated[int, Meta(ge=1, description="Most entries.")] = 5


class DeskSettings(Settings):
    """A desk."""

    words: Annotated[tuple[str, ...], Meta(description="Words.")] = ("a", 'quo"te', "你好")
    limit: Annotated[float | None, Meta(description="Limit in seconds.")] = None
    queue: QueueSettings = QueueSettings()


SECTIONS: dict[str, type[Settings]] = {"broker": BrokerSettings, "desk": DeskSettings}


def write(folder: Path, text: str) -> Path:
    path = folder / "c.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_rendered_file_reads_back_as_the_defaults(tmp_path: Path) -> None:
    loaded = load(SECTIONS, write(tmp_path, render_toml(SECTIONS)), {})
    assert loaded.values == {"broker": BrokerSettings(), "desk": DeskSettings()}


def test_every_key_is_documented() -> None:
    text = render_toml(SECTIONS)
    for dotted in leaf_keys(SECTIONS):
        key = dotted.rpartition(".")[2]
        lines = text.splitlines()
        (number,) = [n for n, line in enumerate(lines) if line.lstrip("# ").startswith(f"{key} =")]
        assert len(lines[number - 1]) > len("# ")


def test_the_environment_wins_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    path = write(tmp_path, "[broker]\nport = 2000\nhost = 'h'\n[desk.queue]\ncapacity = 7")
    loaded = load(SECTIONS, path, {"ISHOWTTS__BROKER__PORT": "3000", "OTHER": "x"})
    assert loaded.values["broker"] == BrokerSettings(host="h", port=3000)
    assert loaded.values["desk"] == DeskSettings(queue=QueueSettings(capacity=7))
    assert loaded.origins["broker.port"] == "ISHOWTTS__BROKER__PORT"
    assert loaded.origins["broker.host"] == str(path)
    assert loaded.origins["desk.queue.capacity"] == str(path)
    assert loaded.origins["broker.tls"] == "default"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a, b", ("a", "b")), ('["x, y"]', ("x, y",)), ("", ())],
)
def test_a_list_in_a_variable(text: str, expected: tuple[str, ...]) -> None:
    loaded = load(SECTIONS, None, {"ISHOWTTS__DESK__WORDS": text})
    assert loaded.values["desk"] == DeskSettings(words=expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[desk]\nwordz = []", r"unknown key desk\.wordz; did you mean desk\.words\?"),
        ("[dsk]\nwords = []", r"unknown key dsk; did you mean desk\?"),
        ("[desk]\ncapacity = 1", r"did you mean desk\.queue\.capacity\?"),
        ("[broker]\nport = 70000", r"broker\.port: expected `int` <= 65535"),
        ("[broker]\nport = '1'", r"broker\.port: expected `int`, got `str`"),
        ("desk = 1", r"desk is a table, write \[desk\]"),
        ("[broker", r"is not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_one_clear_sentence(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        load(SECTIONS, write(tmp_path, text), {})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("ISHOWTTS__BROKER__PRT", "1", r"did you mean ISHOWTTS__BROKER__PORT\?"),
        ("ISHOWTTS__BROKER__PORT", "x", r"ISHOWTTS__BROKER__PORT: Expected `int`"),
        ("ISHOWTTS__BROKER__PORT", "0", r"ISHOWTTS__BROKER__PORT: Expected `int` >= 1"),
        ("ISHOWTTS__DESK__WORDS", "[1", r"ISHOWTTS__DESK__WORDS"),
    ],
)
def test_a_mistake_in_a_variable_is_one_clear_sentence(
    variable: str, text: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        load(SECTIONS, None, {variable: text})


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot read .*none\.toml"):
        load(SECTIONS, tmp_path / "none.toml", {})
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load(SECTIONS, path, {})
