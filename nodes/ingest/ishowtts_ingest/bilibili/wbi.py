"""Signatures of Bilibili's web API ("WBI").

https://github.com/SocialSisterYi/bilibili-API-collect/blob/master/docs/misc/sign/wbi.md
"""

import hashlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import quote, urlencode, urlsplit

_ORDER = (
    *(46, 47, 18, 2, 53, 8, 23, 32, 15, 50, 10, 31, 58, 3, 45, 35),
    *(27, 43, 5, 49, 33, 9, 42, 19, 29, 28, 14, 39, 12, 38, 41, 13),
)
_REMOVED = str.maketrans("", "", "!'()*")


def mixed_key(img_url: str, sub_url: str) -> str:
    """The key that two addresses of pictures hide in their names.

    Raises:
        ValueError: They hide none.
    """
    raw = "".join(PurePosixPath(urlsplit(url).path).stem for url in (img_url, sub_url))
    if len(raw) <= max(_ORDER):
        raise ValueError("the signing keys are too short")
    return "".join(raw[place] for place in _ORDER)


def signed(query: Mapping[str, str | int], key: str, now_s: int) -> dict[str, str]:
    """A query with its time and signature.

    Args:
        query: Parameters, without `wts` and `w_rid`.
        key: See `mixed_key`.
        now_s: Seconds since 1970.
    """
    stamped = {**query, "wts": now_s}
    ordered = {name: str(stamped[name]).translate(_REMOVED) for name in sorted(stamped)}
    text = urlencode(ordered, quote_via=quote)
    digest = hashlib.md5(f"{text}{key}".encode(), usedforsecurity=False)
    return {**ordered, "w_rid": digest.hexdigest()}
