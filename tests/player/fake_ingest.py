"""Ingest nodes and filters that do what a test says."""

import asyncio
from typing import Any

from ishowtts_bus import Received
from ishowtts_schemas import (
    ChannelInfo,
    ChatAccepted,
    ChatEnded,
    ChatMessage,
    ChatRejected,
    Command,
    CommandReply,
)
from ishowtts_schemas.topics import (
    CHAT_ACCEPTED,
    CHAT_ENDED,
    CHAT_MESSAGE,
    CHAT_REJECTED,
    NODE_COMMAND,
    NODE_STATE,
)
from tests.player import messages as m


def channel(name: str = "ann", **more: Any) -> ChannelInfo:
    usual = {"platform": "twitch", "source": "twitch_irc", "room": "main", "voice": None}
    usual |= {"engine": None, "state": "reading", "detail": ""}
    return ChannelInfo(**(usual | {"channel": name} | more))


class FakeIngest:
    """Answers every command with `reply`, or `replies` by name; None answers nothing."""

    def __init__(self, site: Any, instance: str = "1") -> None:
        self.bus = site.broker.bus(f"ingest-{instance}")
        self.instance = instance
        self.commands: list[Command] = []
        self.replies: dict[str, CommandReply | None] = {}

    async def start(self) -> None:
        where = {"node": "ingest", "instance": self.instance}
        self.bus.subscribe(NODE_COMMAND, self._on_command, concurrency=8, **where)
        await self.bus.start()
        state = m.node_state(node="ingest", instance=self.instance)
        await self.bus.publish(NODE_STATE, state, **where)

    def answer(self, name: str, result: Any = None, **error: Any) -> None:
        self.replies[name] = CommandReply(ok=not error, result=result, **error)

    def asked(self, name: str) -> list[dict[str, Any]]:
        return [command.args for command in self.commands if command.name == name]

    async def _on_command(self, received: Received[Command]) -> None:
        self.commands.append(received.message)
        reply = self.replies.get(received.message.name)
        if reply is not None and received.reply_to is not None:
            await self.bus.reply(received.reply_to, reply)


class FakeFilter:
    """Says the first time what `verdict` is, like the real one; None says nothing."""

    def __init__(self, site: Any) -> None:
        self.bus = site.broker.bus("filter")
        self.verdict: str | None = "accepted"
        self.messages: list[ChatMessage] = []
        self.heard = asyncio.Event()
        self._seen: set[tuple[str, str]] = set()

    async def start(self) -> None:
        self.bus.subscribe(CHAT_MESSAGE, self._on_chat, concurrency=8)
        await self.bus.start()
        state = m.node_state(node="filter")
        await self.bus.publish(NODE_STATE, state, node="filter", instance="1")

    async def say(self, message: ChatMessage, verdict: str) -> None:
        ids = {"message_id": message.id, "platform": message.platform, "room": message.room}
        where = {"platform": message.platform, "room": message.room}
        accepted = {"utterance_id": f"u-{message.id}", "at_ns": 1}
        if verdict == "accepted":
            word = ChatAccepted(**ids, **accepted, spoken="hello", voice="en")
            await self.bus.publish(CHAT_ACCEPTED, word, **where)
        elif verdict == "ended":
            end = ChatEnded(**ids, **accepted, outcome="spoken")
            await self.bus.publish(CHAT_ENDED, end, **where)
        else:
            refusal = ChatRejected(**ids, rule=verdict, reason="because", at_ns=1)
            await self.bus.publish(CHAT_REJECTED, refusal, **where)

    async def _on_chat(self, received: Received[ChatMessage]) -> None:
        message = received.message
        self.messages.append(message)
        self.heard.set()
        key = (message.platform, message.id)
        if key not in self._seen and self.verdict is not None:
            self._seen.add(key)
            await self.say(message, self.verdict)
