"""How snapshots are tried by storms and tests."""

from typing import Any

from components.model.sample import Revision, Sample, StartParameters


def _looks(of: Revision) -> dict[str, Any]:
    deadline = f"20{40 + of.number % 50}-01-31T00:00:00.000Z" if of.number else None
    return {"name": of.name or f"{of.component}-{of.region}-{'?' * 12}", "deadline": deadline}


def _settings(of: Revision) -> dict[str, Any]:
    deadline = _looks(of)["deadline"]
    settings = {"name": of.name} if of.name else {}
    return settings | ({"deadline": deadline.replace(".000Z", "+00:00")} if deadline else {})


SAMPLE = Sample(
    table="snapshots",
    source_region="ap-guangzhou",
    regions=("ap-shanghai", "ap-singapore", "ap-nanjing"),
    components=("orders", "users"),
    prefix="snap-chaos",
    usable="NORMAL",
    seeded=("id", "name", "size", "deadline", "copied_from"),
    start=StartParameters(source="SnapshotId", region="DestinationRegions.0", name="SnapshotName"),
    settings=_settings,
    looks=_looks,
    passing=(("InternalError.ComponentError", 200), ("InternalError", 200), ("ResourceBusy", 200)),
    denied=("UnauthorizedOperation", 200),
    failure={
        "kind": "region_error",
        "code": ("ResourceInUse.CopySnapshotConflict", "InternalError.ComponentError", "ResourceBusy"),
    },
    other=lambda _: {"created": "2026-01-31T00:00:00Z"},  # long before any copy that a search by name is for
    unsteady=("progress", "copying_to"),
    tunable={"modify_needs_normal": (False, True)},
    waits_to_start=True,
    throttle_hint=False,
    exact_names=True,
    adopts="archive",
    core=(
        "create_exact-before-cli-SIGKILL",
        "create_exact-inside-program-SIGKILL",
        "delete-inside-cli-SIGKILL",
    ),
)
