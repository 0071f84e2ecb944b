"""Mentions of other people."""

from typing import ClassVar

import regex
from msgspec.structs import replace

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.text import MentionsSettings
from ishowtts_filter.text.names import MENTION, same_name, spoken_name

_MENTION = regex.compile(MENTION)
_AFTER_REPLY = " ,:：，"
_NAME_CHARS = 32


class MentionsRule:
    """Says `@user_name` as a person would; leaves out the mention that a platform put there."""

    name: ClassVar[str] = "mentions"

    def __init__(self, settings: MentionsSettings) -> None:
        self._settings = settings

    def apply(self, draft: Draft) -> Draft | Rejection:
        if "@" not in draft.text and "＠" not in draft.text:
            return draft
        text = self._without_reply(draft)
        if self._settings.mode != "keep":
            text = " ".join(_MENTION.sub(self._spoken, text).split())
        if not text:
            return Rejection("only a mention")
        return draft if text == draft.text else replace(draft, text=text)

    def _without_reply(self, draft: Draft) -> str:
        text = draft.text
        if not self._settings.remove_reply or not draft.reply_to:
            return text
        while found := _MENTION.match(text):
            if not same_name(found[0], draft.reply_to):
                break
            text = text[found.end() :].lstrip(_AFTER_REPLY)
        return text

    def _spoken(self, mention: "regex.Match[str]") -> str:
        name = spoken_name(mention[0][1:], _NAME_CHARS) if self._settings.mode == "name" else ""
        return name or " "
