"""What EventSub sends, as far as it is read; unknown fields do not matter.

https://dev.twitch.tv/docs/eventsub/websocket-reference and .../eventsub-reference.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(max_length=20_000)]
Count = Annotated[int, Meta(ge=0, le=10**9)]


class Metadata(msgspec.Struct, frozen=True):
    """About a frame. The same `message_id` may come twice."""

    message_id: str
    message_type: str
    message_timestamp: str = ""


class SessionInfo(msgspec.Struct, frozen=True):
    id: str = ""
    keepalive_timeout_seconds: float | None = None
    reconnect_url: str | None = None


class Condition(msgspec.Struct, frozen=True):
    broadcaster_user_id: str = ""


class Subscription(msgspec.Struct, frozen=True):
    """What was asked for, and for which channel."""

    id: str
    type: str
    status: str = ""
    condition: Condition = Condition()


class Payload(msgspec.Struct, frozen=True):
    session: SessionInfo | None = None
    subscription: Subscription | None = None
    event: msgspec.Raw = msgspec.Raw(b"{}")


class Frame(msgspec.Struct, frozen=True):
    metadata: Metadata
    payload: Payload = Payload()


class Badge(msgspec.Struct, frozen=True):
    set_id: str


class Fragment(msgspec.Struct, frozen=True):
    """A stretch of a message: text, mention, emote, cheermote or gif."""

    type: str
    text: Text = ""


class Words(msgspec.Struct, frozen=True):
    text: Text = ""
    fragments: tuple[Fragment, ...] = ()


class Cheer(msgspec.Struct, frozen=True):
    bits: Count = 0


class Reply(msgspec.Struct, frozen=True):
    parent_user_name: str | None = None
    parent_user_login: str | None = None


class ChatLine(msgspec.Struct, frozen=True):
    """`channel.chat.message` and, without what only a message has, `channel.chat.notification`."""

    message_id: str
    message: Words = Words()
    broadcaster_user_id: str = ""
    chatter_user_id: str | None = None
    chatter_user_login: str | None = None
    chatter_user_name: str | None = None
    color: str | None = None
    badges: tuple[Badge, ...] | None = None
    message_type: str = "text"
    cheer: Cheer | None = None
    reply: Reply | None = None
    channel_points_custom_reward_id: str | None = None
    source_broadcaster_user_id: str | None = None
    notice_type: str = ""


class Reward(msgspec.Struct, frozen=True):
    id: str
    title: str = ""


class Redemption(msgspec.Struct, frozen=True):
    """`channel.channel_points_custom_reward_redemption.add`."""

    id: str
    reward: Reward
    broadcaster_user_id: str = ""
    user_id: str | None = None
    user_login: str | None = None
    user_name: str | None = None
    user_input: Text | None = None


class Deletion(msgspec.Struct, frozen=True):
    """`channel.chat.message_delete`."""

    message_id: str


class Removal(msgspec.Struct, frozen=True):
    """`channel.chat.clear_user_messages`."""

    target_user_id: str


Details = dict[str, Any]
