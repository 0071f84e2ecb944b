"""Messages that tests send."""

from ishowtts_schemas import Author, ChatMessage


def chat_message(text: str, **fields: object) -> ChatMessage:
    """A chat message in room `main`, whatever else is given."""
    defaults: dict[str, object] = {
        "id": f"id-{text}"[:128],
        "platform": "mqtt",
        "room": "main",
        "author": Author(name="ana"),
        "text": text,
        "received_at_ns": 1,
    }
    return ChatMessage(**{**defaults, **fields})  # type: ignore[arg-type]
