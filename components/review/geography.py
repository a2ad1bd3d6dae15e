"""Where the regions of both clouds are, and whose law holds there: a dated table, `regions.toml`.

A stack overrules it with `replicas:policies.jurisdictions`. A region that is not in it is unknown: none is guessed.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Place:
    """Where a region is.

    Attributes:
        city: The city or province that the vendor names.
        country: The country or territory.
        jurisdiction: Whose data protection law holds: a country's code, or EU.
        continent: The continent.
        at: Latitude and longitude, empty where they are not known.
    """

    city: str
    country: str = UNKNOWN
    jurisdiction: str = UNKNOWN
    continent: str = UNKNOWN
    at: Sequence[float] = ()


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("regions.toml").read_text("utf-8"))


def as_of() -> str:
    """Return the date of the table."""
    return str(_table()["as_of"])


@cache
def places() -> Mapping[str, Place]:
    """Return region -> where it is."""
    table = _table()
    countries: Mapping[str, Mapping[str, str]] = table["countries"]
    return MappingProxyType(
        {
            region: Place(
                city=row["city"],
                country=countries[row["in"]]["name"],
                jurisdiction=countries[row["in"]].get("law", row["in"]),
                continent=countries[row["in"]]["continent"],
                at=tuple(row["at"]),
            )
            for cloud in table["regions"].values()
            for region, row in cloud.items()
        }
    )


def place(region: str) -> Place:
    """Return where a region is; an unknown one is called by its own name."""
    return places().get(region) or Place(region)
