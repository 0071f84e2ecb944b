"""The OpenAPI document as a page without scripts: nothing is fetched from anywhere."""

from html import escape
from typing import Any

from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head><body>
<h1>{title} {version}</h1>
<p>{description}</p>
<p>The whole document: <a href="schema/openapi.json">openapi.json</a></p>
<table><thead><tr><th>Method</th><th>Path</th><th>What it does</th></tr></thead><tbody>
{rows}
</tbody></table></body></html>
"""


class TableRenderPlugin(OpenAPIRenderPlugin):
    """Lists the operations in a table."""

    def render(
        self,
        request: Request[Any, Any, Any],  # noqa: ARG002 - the interface is Litestar's
        openapi_schema: dict[str, Any],
    ) -> bytes:
        """The page."""
        info = openapi_schema["info"]
        rows = "\n".join(_rows(openapi_schema))
        page = _PAGE.format(
            title=escape(info["title"]),
            version=escape(info["version"]),
            description=escape(info.get("description", "")),
            rows=rows,
        )
        return page.encode()


def openapi_config(version: str) -> OpenAPIConfig:
    """Where and how the document is served."""
    return OpenAPIConfig(
        title="iShowTTS",
        version=version,
        description="Chat read aloud: event stream, speech and controls of the bridge.",
        path="/schema",
        render_plugins=[TableRenderPlugin(path="/table"), JsonRenderPlugin()],
        use_handler_docstrings=True,
    )


def _rows(document: dict[str, Any]) -> list[str]:
    return [
        f"<tr><td>{escape(method.upper())}</td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(operation.get('summary', ''))}</td></tr>"
        for path, item in sorted(document["paths"].items())
        for method, operation in item.items()
        if isinstance(operation, dict)
    ]
