"""Lines out of a byte stream, however it is cut."""

from hypothesis import given
from hypothesis import strategies as st

from ishowtts_ingest.lines import MAX_LINE_BYTES, LineSplitter


@given(st.lists(st.binary(max_size=30).map(lambda raw: raw.replace(b"\r", b"x"))))
def test_the_cuts_do_not_matter(chunks: list[bytes]) -> None:
    splitter = LineSplitter()
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    assert [*lines, splitter.close()] == b"".join(chunks).split(b"\n")


def test_a_line_without_end_takes_no_more_than_its_bound() -> None:
    splitter = LineSplitter()
    for _ in range(100):
        assert list(splitter.feed(b"x" * 65_536)) == []
    (line,) = splitter.feed(b"\nnext")
    assert len(line) == MAX_LINE_BYTES + 1
    assert splitter.close() == b"next"
