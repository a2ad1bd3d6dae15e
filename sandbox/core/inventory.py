"""What the control plane lists: everything that the sandbox holds, of all accounts."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

Listed = dict[str, list[dict[str, Any]]]
"""Region -> resources."""
Inventory = Callable[[float], Listed]
"""Returns the resources of a kind at a moment."""


def nothing(_now: float) -> Listed:
    """The inventory of a service that holds no resources."""
    return {}


def by_region(entries: Iterable[tuple[str, dict[str, Any]]]) -> Listed:
    """Resources under their regions, which are sorted; within a region the order stays."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for region, entry in entries:
        found[region].append(entry)
    return dict(sorted(found.items()))
