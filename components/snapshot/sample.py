"""How snapshots are tried out by storms and tests."""

from __future__ import annotations

from typing import Any

from components.model.sample import Revision, Sample


def _looks(of: Revision) -> dict[str, Any]:
    deadline = f"20{40 + of.number % 50}-01-31T00:00:00.000Z" if of.number else None
    return {"name": f"{of.component}-{of.region}-*", "deadline": deadline}


def _settings(of: Revision) -> dict[str, Any]:
    deadline = _looks(of)["deadline"]
    return {"deadline": deadline.replace(".000Z", "+00:00")} if deadline else {}


SAMPLE = Sample(
    source_region="ap-guangzhou",
    regions=("ap-shanghai", "ap-singapore", "ap-nanjing"),
    components=("orders", "users"),
    prefix="snap-chaos",
    usable="NORMAL",
    settings=_settings,
    looks=_looks,
    passing=(("InternalError.ComponentError", 200), ("InternalError", 200), ("ResourceBusy", 200)),
    failure={
        "kind": "region_error",
        "code": ("ResourceInUse.CopySnapshotConflict", "InternalError.ComponentError", "ResourceBusy"),
    },
    throttle_hint=False,
)
