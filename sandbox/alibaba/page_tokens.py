"""NextToken: an opaque text that says after which number the next page begins."""

import base64
import re
from collections.abc import Iterator
from typing import Annotated, TypeVar

from pydantic import BeforeValidator

Entry = TypeVar("Entry")


def take_page(numbered: Iterator[tuple[int, Entry]], limit: int) -> tuple[list[Entry], str | None]:
    """The first entries, and the token for the page behind them if there is one."""
    page: list[Entry] = []
    last = 0
    for number, entry in numbered:
        if len(page) == limit:
            return page, base64.urlsafe_b64encode(f"after {last}".encode()).decode()
        page.append(entry)
        last = number
    return page, None


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
