"""The table at the end of a run: every replica of the stack, with what the cloud says of it now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from components.clouds.copies import CopyService, CopyState
from components.clouds.errors import ReplicaError
from tools.runner.kinds import KINDS, Row

HEADINGS = ("REPLICA", "SOURCE", "REGION", "ID", "STATUS", "SIZE", "EXPIRES")


@dataclass(frozen=True)
class Replica:
    """One replica that the stack's state records."""

    type: str
    name: str
    source: str
    region: str
    id: str
    group: str


def recorded(deployment: Mapping[str, Any]) -> list[Replica]:
    """Read the replicas from an exported state, failed and unfinished ones included."""
    rows = deployment.get("resources") or []
    replicas = {type_ for type_, kind in KINDS.items() if kind.is_replica}
    return [_replica(row, rows) for row in rows if row["type"] in replicas and row.get("id") and not row.get("delete")]


def _replica(row: Row, rows: Sequence[Row]) -> Replica:
    kind = KINDS[row["type"]]
    region, group = kind.place(row, rows)
    return Replica(
        type=str(row["type"]),
        name=str(row["urn"]).rpartition("::")[2].rpartition(f"-{region}")[0],
        source=kind.source(row["inputs"]),
        region=region,
        id=str(row["id"]),
        group=group,
    )


def look_up(
    replicas: Sequence[Replica], service_of: Callable[[str], CopyService]
) -> tuple[dict[str, CopyState | None], list[str]]:
    """Ask the clouds about all replicas, region by region; a region that does not answer is told, not raised.

    Args:
        replicas: What to ask about.
        service_of: Finds the service of a resource type.

    Returns:
        Id -> state, None for one that is not listed; the ids of a region that did not answer are absent.
    """
    places: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for replica in replicas:
        places[replica.type, replica.region][replica.id] = replica.group

    def look(place: tuple[str, str]) -> Mapping[str, CopyState]:
        return service_of(place[0]).look_up(place[1], places[place])

    states: dict[str, CopyState | None] = {}
    problems = []
    with ThreadPoolExecutor(max_workers=8) as pool:
        asked = {place: pool.submit(look, place) for place in sorted(places)}
        for place, answer in asked.items():
            try:
                states |= {**dict.fromkeys(places[place]), **answer.result()}
            except ReplicaError as error:
                problems.append(str(error))
    return states, list(dict.fromkeys(problems))


def table(replicas: Sequence[Replica], states: Mapping[str, CopyState | None]) -> str:
    """Lay the replicas out in columns."""
    lines: list[tuple[str, ...]] = [HEADINGS]
    for replica in sorted(replicas, key=lambda each: (each.name, each.region)):
        state = states.get(replica.id)
        lines.append(
            (
                replica.name,
                replica.source,
                replica.region,
                replica.id,
                state.status if state else "not listed" if replica.id in states else "unknown",
                f"{state.size_gib} GiB" if state and state.size_gib else "-",
                f"{state.expires:%Y-%m-%d %H:%M}" if state and state.expires else "never" if state else "-",
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
