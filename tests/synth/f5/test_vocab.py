"""Text to ids, against stock's functions."""

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.f5.vocab import load_vocabulary, tokenize
from tests.synth.f5 import stock

CHAT = st.text(
    st.one_of(
        st.sampled_from("abc XYZ 0123456789;“”‘’:'\".,!?"),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.characters(min_codepoint=0x3000, max_codepoint=0x30FF),
        st.characters(exclude_categories=("Cs",)),
    ),
    max_size=40,
)
COMMON_CHINESE = "的一是不了人我在有他这中大来上国你好主播今天行情怎么样重庆银行长大了"


@settings(deadline=None, max_examples=200)
@given(CHAT)
@example("重庆的银行，长大了没有？")
@example("一不小心 第一 不对 3.5元；“好”‘吗’")
@example("ㄅㄆㄇ 々〇 こんにちは 한국어 ĀßΩ 🎉")
@example("hello:world 'quoted' a\tb\nc")
@example("")
def test_tokens_are_stocks(text: str) -> None:
    assert tokenize(text) == stock.convert_char_to_pinyin([text])[0]


@settings(deadline=None, max_examples=100)
@given(st.text(st.sampled_from(COMMON_CHINESE + " ，。a1"), max_size=30))
def test_readings_depend_on_the_word_as_in_stock(text: str) -> None:
    assert tokenize(text) == stock.convert_char_to_pinyin([text])[0]


def test_ids_are_stocks(checkpoint: Path) -> None:
    path = checkpoint / "vocab.txt"
    ours, (ids, size) = load_vocabulary(path), stock.get_tokenizer(str(path), "custom")
    assert ours.ids == ids
    assert len(ours) == size
    text = "Hello; 你好 “world” 🎉 é"
    wanted: Any = stock.list_str_to_idx(stock.convert_char_to_pinyin([text]), dict(ours.ids))
    assert torch.equal(ours.encode(text), wanted[0])


def test_the_official_list_is_read_as_stock_reads_it() -> None:
    path = stock.official_vocabulary()
    ours, (ids, _) = load_vocabulary(path), stock.get_tokenizer(str(path), "custom")
    assert ours.ids == ids
    assert len(ours) == 2545
    assert ours.ids[" "] == 0


def test_what_the_vocabulary_lacks_is_a_space(checkpoint: Path) -> None:
    vocabulary = load_vocabulary(checkpoint / "vocab.txt")
    assert vocabulary.encode("🎉א").tolist() == [0, 0]
    assert vocabulary.encode("").shape == (0,)


def test_lone_surrogates_are_borne() -> None:
    assert tokenize("a\ud800b") == tokenize("a?b")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b" \na\nb\na\n", "has 'a' on line 4 a second time"),
        (b"", "is empty"),
        (b" \n\xff\xfe\n", "is not readable"),
        (None, "is not readable: .*No such file"),
    ],
)
def test_a_bad_list_is_refused_with_a_reason(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    path = tmp_path / "vocab.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineUnavailableError, match=reason):
        load_vocabulary(path)
