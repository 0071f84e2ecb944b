"""What the API answers, as far as it is read; unknown fields do not matter.

https://developers.google.com/youtube/v3/live/docs/liveChatMessages. Numbers of 64 bits come as
strings, so everything is to be decoded with `strict=False`.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(max_length=20_000)]
Count = Annotated[int, Meta(ge=0, le=10**9)]
Micros = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class _Payload(msgspec.Struct, frozen=True, rename="camel"):
    pass


class Author(_Payload, frozen=True):
    channel_id: str = ""
    display_name: str = ""
    is_chat_owner: bool = False
    is_chat_moderator: bool = False
    is_chat_sponsor: bool = False


class TextMessage(_Payload, frozen=True):
    message_text: Text = ""


class SuperChat(_Payload, frozen=True):
    """Also the older fan funding."""

    amount_micros: Micros = 0
    currency: str = ""
    user_comment: Text = ""


class Sticker(_Payload, frozen=True):
    alt_text: Text = ""


class SuperSticker(_Payload, frozen=True):
    amount_micros: Micros = 0
    currency: str = ""
    super_sticker_metadata: Sticker = Sticker()


class NewSponsor(_Payload, frozen=True):
    member_level_name: str = ""


class Milestone(_Payload, frozen=True):
    member_level_name: str = ""
    member_month: Count = 1
    user_comment: Text = ""


class Gifting(_Payload, frozen=True):
    gift_memberships_count: Count = 1
    gift_memberships_level_name: str = ""


class Deleted(_Payload, frozen=True):
    deleted_message_id: str = ""


class Retracted(_Payload, frozen=True):
    retracted_message_id: str = ""


class BannedUser(_Payload, frozen=True):
    channel_id: str = ""


class Banned(_Payload, frozen=True):
    banned_user_details: BannedUser = BannedUser()


class Snippet(_Payload, frozen=True):
    """A message, by its `type`; only the details of that type are there."""

    type: str
    published_at: str = ""
    display_message: Text = ""
    text_message_details: TextMessage | None = None
    super_chat_details: SuperChat | None = None
    fan_funding_event_details: SuperChat | None = None
    super_sticker_details: SuperSticker | None = None
    new_sponsor_details: NewSponsor | None = None
    member_milestone_chat_details: Milestone | None = None
    membership_gifting_details: Gifting | None = None
    message_deleted_details: Deleted | None = None
    message_retracted_details: Retracted | None = None
    user_banned_details: Banned | None = None


class Item(_Payload, frozen=True):
    """One entry of a chat."""

    id: str
    snippet: Snippet
    author_details: Author = Author()


class Page(_Payload, frozen=True):
    """`liveChatMessages.list`. Items are decoded one by one: a bad one spoils no other."""

    items: tuple[msgspec.Raw, ...] = ()
    next_page_token: str = ""
    polling_interval_millis: Count = 5000
    offline_at: str = ""


class LiveDetails(_Payload, frozen=True):
    active_live_chat_id: str = ""
    actual_end_time: str = ""


class VideoSnippet(_Payload, frozen=True):
    channel_title: str = ""
    live_broadcast_content: str = "none"


class Video(_Payload, frozen=True):
    """`videos.list`."""

    id: str = ""
    snippet: VideoSnippet = VideoSnippet()
    live_streaming_details: LiveDetails | None = None


class Videos(_Payload, frozen=True):
    items: tuple[Video, ...] = ()


class RelatedPlaylists(_Payload, frozen=True):
    uploads: str = ""


class ChannelDetails(_Payload, frozen=True):
    related_playlists: RelatedPlaylists = RelatedPlaylists()


class ChannelEntry(_Payload, frozen=True):
    content_details: ChannelDetails = ChannelDetails()


class ChannelList(_Payload, frozen=True):
    """`channels.list`."""

    items: tuple[ChannelEntry, ...] = ()


class UploadDetails(_Payload, frozen=True):
    video_id: str = ""


class Upload(_Payload, frozen=True):
    content_details: UploadDetails = UploadDetails()


class Uploads(_Payload, frozen=True):
    """`playlistItems.list`."""

    items: tuple[Upload, ...] = ()


class Reason(_Payload, frozen=True):
    reason: str = ""


class Problem(_Payload, frozen=True):
    message: str = ""
    errors: tuple[Reason, ...] = ()
    details: tuple[Reason, ...] = ()

    @property
    def reasons(self) -> set[str]:
        return {one.reason for one in (*self.errors, *self.details)}


class Failure(_Payload, frozen=True):
    """The body of an answer that is no."""

    error: Problem = Problem()
