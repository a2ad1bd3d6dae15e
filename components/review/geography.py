"""Where regions are, and whose law holds there."""

from collections.abc import Sequence
from dataclasses import dataclass

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Place:
    """Where a region is."""

    city: str
    country: str = UNKNOWN
    jurisdiction: str = UNKNOWN
    continent: str = UNKNOWN
    at: Sequence[float] = ()


_TABLE = {
    "cn-beijing": Place("Beijing", "China", "CN", "Asia", (39.9, 116.4)),
    "cn-hangzhou": Place("Hangzhou", "China", "CN", "Asia", (30.3, 120.2)),
    "cn-shanghai": Place("Shanghai", "China", "CN", "Asia", (31.2, 121.5)),
    "cn-shenzhen": Place("Shenzhen", "China", "CN", "Asia", (22.5, 114.1)),
    "ap-guangzhou": Place("Guangzhou", "China", "CN", "Asia", (23.1, 113.3)),
    "ap-shanghai": Place("Shanghai", "China", "CN", "Asia", (31.2, 121.5)),
    "ap-singapore": Place("Singapore", "Singapore", "SG", "Asia", (1.35, 103.8)),
    "ap-southeast-1": Place("Singapore", "Singapore", "SG", "Asia", (1.35, 103.8)),
    "eu-central-1": Place("Frankfurt", "Germany", "EU", "Europe", (50.1, 8.7)),
}


def place(region: str) -> Place:
    """Return where a region is."""
    return _TABLE.get(region, Place(region))
