"""NextToken: an opaque text that says after which number the next page begins."""

import base64
import re
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, TypeVar

from pydantic import BeforeValidator

Entry = TypeVar("Entry")


def take_page(numbered: Iterator[tuple[int, Entry]], limit: int) -> tuple[list[Entry], str | None]:
    """The first entries, and the token for the page behind them if there is one."""
    found = list(islice(numbered, limit + 1))
    more = len(found) > limit
    token = base64.urlsafe_b64encode(f"after {found[limit - 1][0]}".encode()).decode() if more else None
    return [entry for _, entry in found[:limit]], token


def _read(token: str) -> int:
    if not token:
        return 0
    try:
        text = base64.urlsafe_b64decode(token).decode("ascii")
    except ValueError:
        text = ""
    match = re.fullmatch(r"after ([0-9]{1,18})", text)
    if match is None:
        raise ValueError("it is not from an earlier answer")
    return int(match[1])


NextToken = Annotated[int, BeforeValidator(_read)]
"""The number after which to continue; 0 without a token."""
