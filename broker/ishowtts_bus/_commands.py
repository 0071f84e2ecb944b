"""What a node can be told to do, and how it answers."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from ishowtts_bus.errors import CommandError
from ishowtts_schemas import Command, CommandReply, NodeKind

_LOG = logging.getLogger("ishowtts.node")

CommandHandler = Callable[[dict[str, Any]], Awaitable[Any]]


class CommandTable:
    """Handlers by name of the command."""

    def __init__(self, kind: NodeKind) -> None:
        self._kind = kind
        self._handlers: dict[str, CommandHandler] = {}

    def add(self, name: str, handler: CommandHandler) -> None:
        self._handlers[name] = handler

    async def execute(self, command: Command) -> CommandReply:
        """Do it; whatever goes wrong is an answer, too."""
        handler = self._handlers.get(command.name)
        if handler is None:
            known = ", ".join(sorted(self._handlers)) or "none"
            error = f"{self._kind} has no command {command.name!r}; it has: {known}"
            return CommandReply(ok=False, error=error, code="not_found")
        try:
            return CommandReply(ok=True, result=await handler(command.args))
        except CommandError as error:
            return CommandReply(ok=False, error=str(error), code=error.code)
        except (ValueError, LookupError) as error:
            return CommandReply(ok=False, error=str(error), code="bad_request")
        except Exception:  # noqa: BLE001 - logged; whoever asked would else wait in vain
            _LOG.exception("the command %s failed", command.name)
            error = f"{self._kind} failed at it; its log says why"
            return CommandReply(ok=False, error=error, code="failed")
