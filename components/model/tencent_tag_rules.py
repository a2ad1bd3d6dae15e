"""The rules that tags obey all over Tencent Cloud. It judges declared values and quotes none: any may be secret."""

import re
from functools import partial

from components.model import tag_rules
from components.model.tag_rules import REPLICA_TAG

MAX_TAGS = 49
"""A resource has 50 at most, and one of them is the mark."""

MAX_KEY, MAX_VALUE = 127, 255
RESERVED_PREFIXES = ("qcs:", "qcloud", "tencent", "project", "\u9879\u76ee")

_FIT = re.compile(r"[A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff +\-=._:/@()\[\],;><\uff08\uff09\u3010\u3011\uff1a]*")
_CHARACTERS = "letters (A to Z or Chinese), digits, spaces in the middle and + - = . _ : / @ ( ) [ ] , ; > <"


def of_key(key: str) -> str:
    """Return what is wrong with a key, "" for nothing."""
    if not 1 <= len(key) <= MAX_KEY:
        return f"a key has 1 to {MAX_KEY} characters, this one {len(key)}"
    if key.lower().startswith(RESERVED_PREFIXES):
        return f"a key must not start with {', '.join(map(repr, RESERVED_PREFIXES))}"
    return "" if _fits(key) else f"a key consists of {_CHARACTERS}"


def of_value(value: str) -> str:
    """Return what is wrong with a value, "" for nothing."""
    if not 1 <= len(value) <= MAX_VALUE:
        return f"a value has 1 to {MAX_VALUE} characters, this one {len(value)}"
    return "" if _fits(value) else f"a value consists of {_CHARACTERS}"


def is_reserved(key: str) -> bool:
    """Report whether a tag is our mark or one of the cloud's own."""
    return key == REPLICA_TAG or key.lower().startswith(RESERVED_PREFIXES)


def _fits(text: str) -> bool:
    return bool(_FIT.fullmatch(text)) and text == text.strip(" ")


tags = partial(
    tag_rules.tags,
    MAX_TAGS,
    reserved=(REPLICA_TAG,),
    why_most=f": a resource has 50, and {REPLICA_TAG!r} marks the replica",
    of_key=of_key,
    of_value=of_value,
)
"""Makes the rule of declared tags."""
