"""What replicas cost: GiB always, money only where a dated table has a figure. Nothing is converted or guessed.

Vendors bill what a snapshot holds, not the size of its disk, so every figure is an upper bound.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components.clouds.errors import ReplicaError
from components.review.replicas import Action, Change, Replica
from tools.review.report import Amount, Cost

OLD = timedelta(days=180)
"""From that age on, a price is said to be old."""

UNDATED = "undated"
"""What is said of a price whose source has no date."""

TABLE = Path(__file__).with_name("prices.yaml")


class PricesUnusable(ReplicaError):
    """A file of prices cannot be used."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str
    currency: str = Field(pattern="^[A-Z]{3}$")
    price: float = Field(ge=0)
    as_of: date | None
    source: str = Field(min_length=1)


class StoragePrice(_Row):
    """What a GiB costs in a month."""

    regions: list[str]


class TrafficPrice(_Row):
    """What copying a GiB costs."""

    origin: list[str] = Field(alias="from")
    to: list[str]


class Prices(BaseModel):
    """A table of prices; the first row of a currency that fits counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    storage: list[StoragePrice] = []
    traffic: list[TrafficPrice] = []


def read(own: Path | None = None) -> Prices:
    """Read the table, with the user's own rows in front.

    Raises:
        PricesUnusable: The user's file cannot be read, or is no such table.
    """
    if own is None:
        return _built_in()
    try:
        first = _parsed(own)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise PricesUnusable(
            f"{own} is not a table of prices: {_reason(error)}", "correct it; tools/review/prices.yaml shows the form"
        ) from None
    return Prices(storage=first.storage + _built_in().storage, traffic=first.traffic + _built_in().traffic)


@cache
def _built_in() -> Prices:
    return _parsed(TABLE)


def _parsed(path: Path) -> Prices:
    return Prices.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}".removeprefix(": ")
    return " ".join(str(getattr(error, "strerror", None) or error).split())


def cost(changes: Sequence[Change], prices: Prices, *, today: date) -> Cost:
    """Add up what is stored before and after, and what is copied.

    Args:
        changes: Of every replica of the stack, unchanged ones included.
        prices: The table.
        today: By which a price is old.
    """
    before = [change.before for change in changes if change.before]
    # What leaves the stack and stays in the cloud is billed as before.
    after = [found for change in changes if (found := change.after or (change.before if change.retained else None))]
    copied = [
        change.after
        for change in changes
        if change.action in {Action.CREATE, Action.REPLACE} and change.after and not change.after.adopts
    ]
    traffic, before_rows, after_rows = (
        _priced(replicas, find)
        for replicas, find in (
            (copied, lambda one: _traffic(one, prices)),
            (before, lambda one: _storage(one, prices)),
            (after, lambda one: _storage(one, prices)),
        )
    )
    used = [*traffic[1], *before_rows[1], *after_rows[1]]
    is_undated = any(row.as_of is None for row in used)
    oldest = min((row.as_of for row in used if row.as_of), default=None)
    return Cost(
        traffic_gib=_gib(copied),
        stored_gib_before=_gib(before),
        stored_gib_after=_gib(after),
        unknown_sizes_before=_unknown(before),
        unknown_sizes=_unknown(after),
        traffic=traffic[0],
        monthly_before=before_rows[0],
        monthly_after=after_rows[0],
        prices_as_of=UNDATED if is_undated else oldest.isoformat() if oldest else "",
        prices_are_old=is_undated or (oldest is not None and today - oldest > OLD),
    )


def _priced(replicas: Sequence[Replica], find: Any) -> tuple[list[Amount], list[_Row]]:
    sums: dict[str, float] = {}
    counts: Counter[str] = Counter()
    used: list[_Row] = []
    sized = [one for one in replicas if one.size_gib is not None]
    for one in sized:
        for currency, row in find(one).items():
            sums[currency] = sums.get(currency, 0.0) + row.price * one.size_gib
            counts[currency] += 1
            used.append(row)
    amounts = [
        Amount(currency=currency, at_most=_rounded_up(sums[currency]), without_price=len(sized) - counts[currency])
        for currency in sorted(sums)
    ]
    return amounts, used


def _storage(one: Replica, prices: Prices) -> dict[str, _Row]:
    service = one.of_kind.service.name
    return _first_by_currency(row for row in prices.storage if row.service == service and one.region in row.regions)


def _traffic(one: Replica, prices: Prices) -> dict[str, _Row]:
    service, origin = one.of_kind.service.name, one.source_region
    rows = (row for row in prices.traffic if row.service == service and origin in row.origin and one.region in row.to)
    return _first_by_currency(rows)


def _first_by_currency(rows: Iterable[_Row]) -> dict[str, _Row]:
    found: dict[str, _Row] = {}
    for row in rows:
        found.setdefault(row.currency, row)
    return found


def _rounded_up(amount: float) -> float:
    """Round to hundredths, up: an upper bound stays one."""
    return math.ceil(round(amount * 100, 6)) / 100


def _gib(replicas: Iterable[Replica]) -> int:
    return sum(one.size_gib or 0 for one in replicas)


def _unknown(replicas: Iterable[Replica]) -> int:
    return sum(one.size_gib is None for one in replicas)
