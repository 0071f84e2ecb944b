"""The topic table of the docs, in Markdown."""

from typing import Any

from ishowtts_schemas.topic import JSON, MSGPACK, TEXT, Topic
from ishowtts_schemas.topics import TOPICS

TABLE_BEGIN = "<!-- topics:begin -->"
TABLE_END = "<!-- topics:end -->"


def topic_table() -> str:
    """A row for each topic."""
    rows = ["| topic | carries | QoS / retain | expires | from -> to |", "|---|---|---|---|---|"]
    for topic in TOPICS:
        types = ", ".join(f"`{message.__name__}`" for message in topic.messages)
        carries = f"{topic.summary}: {types}{_formats(topic)}"
        retain = "retained" if topic.retain else "-"
        expires = f"{topic.expiry_s} s" if topic.expiry_s else "-"
        route = f"{', '.join(topic.publishers)} -> {', '.join(topic.subscribers)}"
        path = f"/{topic.pattern}" if topic.foreign else topic.pattern
        cells = (f"`{path}`", carries, f"{topic.qos} / {retain}", expires, route)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _formats(topic: Topic[Any]) -> str:
    """How it is written, where that is not only msgpack."""
    if topic.content_types == (MSGPACK,):
        return ""
    names = [name for kind, name in ((TEXT, "text"), (JSON, "JSON")) if kind in topic.content_types]
    also = "or " if MSGPACK in topic.content_types else ""
    return f" ({also}{', '.join(names)})"


def with_topic_table(page: str) -> str:
    """A Markdown page with the table between its markers brought up to date.

    Raises:
        ValueError: The page has no markers.
    """
    before, begin, rest = page.partition(TABLE_BEGIN)
    _, end, after = rest.partition(TABLE_END)
    if not (begin and end):
        raise ValueError(f"no {TABLE_BEGIN} ... {TABLE_END}")
    return f"{before}{begin}\n{topic_table()}\n{end}{after}"
