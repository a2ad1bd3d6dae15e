"""The table at the end of a run: every replica of the stack, with what the cloud says of it now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from components.clouds.copies import CopyService, CopyState
from components.clouds.errors import ReplicaError
from tools.runner.repair import DATA_CACHE_COPY

HEADINGS = ("REPLICA", "SOURCE", "REGION", "ID", "STATUS", "SIZE", "EXPIRES")


@dataclass(frozen=True)
class Replica:
    """One replica that the stack's state records."""

    name: str
    source: str
    region: str
    id: str
    bucket: str


def recorded(deployment: Mapping[str, Any]) -> list[Replica]:
    """Read the replicas from an exported state, failed and unfinished ones included."""
    return [
        Replica(
            name=str(row["urn"]).rpartition("::")[2].rpartition(f"-{row['inputs']['region']}")[0],
            source=f"{row['inputs']['source_region']}/{row['inputs']['source_id']}",
            region=str(row["inputs"]["region"]),
            id=str(row["id"]),
            bucket=str(row["inputs"].get("bucket", "")),
        )
        for row in deployment.get("resources") or []
        if row["type"] == DATA_CACHE_COPY and not row.get("delete")
    ]


def look_up(replicas: Sequence[Replica], service: CopyService) -> tuple[dict[str, CopyState | None], list[str]]:
    """Ask the cloud about all replicas, region by region; a region that does not answer is told, not raised.

    Returns:
        Id -> state, None for one that is not listed; the ids of a region that did not answer are absent.
    """
    by_region: dict[str, dict[str, str]] = defaultdict(dict)
    for replica in replicas:
        by_region[replica.region][replica.id] = replica.bucket
    states: dict[str, CopyState | None] = {}
    problems = []
    with ThreadPoolExecutor(max_workers=8) as pool:
        asked = {pool.submit(service.look_up, region, ids): ids for region, ids in sorted(by_region.items())}
        for answer, ids in asked.items():
            try:
                states |= {**dict.fromkeys(ids), **answer.result()}
            except ReplicaError as error:
                problems.append(str(error))
    return states, problems


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
