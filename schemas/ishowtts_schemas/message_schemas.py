"""JSON schemas of the messages, as the AsyncAPI document shows them."""

import ast
import functools
import inspect
import itertools
import textwrap
from collections.abc import Iterator
from typing import Any, cast

import msgspec

from ishowtts_schemas.message import Part
from ishowtts_schemas.topics import TOPICS

SCHEMA_REF = "#/components/schemas/{name}"


@functools.cache
def message_schemas() -> dict[str, Any]:
    """The JSON schema of each message by its name, with the docstrings of its fields."""
    types = list(dict.fromkeys(message for topic in TOPICS for message in topic.messages))
    _, components = msgspec.json.schema_components(types, ref_template=SCHEMA_REF)
    parts = {part.__name__: part for part in _all_parts(Part)}
    return {name: _documented(_honest(schema), parts[name]) for name, schema in components.items()}


def _all_parts(base: type[Part]) -> Iterator[type[Part]]:
    for part in base.__subclasses__():
        yield part
        yield from _all_parts(part)


def _honest(schema: Any) -> Any:
    """Without what msgspec says of JSON only: on the wire `bytes` are bin, not base64."""
    if isinstance(schema, list):
        return [_honest(item) for item in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    table = cast("dict[str, Any]", schema)
    if table.get("contentEncoding") == "base64":
        return {"type": "string", "format": "binary", "description": "msgpack bin"}
    return {key: _honest(value) for key, value in table.items() if key != "discriminator"}


def _documented(schema: dict[str, Any], part: type[Part]) -> dict[str, Any]:
    """With the docstrings of the class and, as Python keeps none of them, of its fields."""
    if part.__doc__:
        schema["description"] = inspect.cleandoc(part.__doc__)
    for name, text in _field_docs(part):
        field = schema["properties"][name]
        schema["properties"][name] = {"description": text} | field
    return schema


def _field_docs(part: type[Part]) -> Iterator[tuple[str, str]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(part))).body[0]
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for field, text in itertools.pairwise(body):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(doc))),
            ):
                yield name, inspect.cleandoc(doc)
            case _:
                pass
