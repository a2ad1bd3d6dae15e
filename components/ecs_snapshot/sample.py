"""How ECS snapshots are tried by storms and tests."""

from typing import Any

from components.model.sample import Revision, Sample, StartParameters
from components.model.tag_rules import REPLICA_TAG


def _looks(of: Revision) -> dict[str, Any]:
    name = f"{of.component}-{of.region}" if of.number % 2 == 0 else f"{of.component}-renamed-{of.number}"
    tags = {"team": "chaos", "revision": str(of.number)}
    return {"name": name, "description": f"Revision {of.number}", "tags": tags, "retention_days": 1000 + of.number}


def _settings(of: Revision) -> dict[str, Any]:
    looks = _looks(of)
    settings = {"retentionDays": looks["retention_days"]} | {key: looks[key] for key in ("description", "tags")}
    return settings | ({"name": looks["name"]} if of.number % 2 else {})


SAMPLE = Sample(
    table="disk_snapshots",
    inventory="disk_snapshots",
    source_region="cn-beijing",
    regions=("cn-hangzhou", "cn-shanghai", "cn-shenzhen"),
    components=("ledger", "mail"),
    prefix="s-2zechaos",
    usable="accomplished",
    seeded=("id", "name", "description", "size", "disk", "encrypted", "retention_days", "tags", "copied_from"),
    start=StartParameters(source="SnapshotId", region="DestinationRegionId", name="DestinationSnapshotName"),
    settings=_settings,
    looks=_looks,
    source=lambda component: {"disk": f"d-{component}"},
    other=lambda component: {"disk": f"d-other{component}", "tags": {"team": "chaos"}},
    passing=(
        ("InternalError", 500),
        ("ServiceUnavailable", 503),
        ("Throttling.User", 400),
        ("InvalidOperation.DiskHasUnfinishedSnapshotCopy", 403),
    ),
    denied=("Forbidden.RAM", 403),
    failure={"kind": "copy_fails", "reason": "The disk broke."},
    own_tags=(REPLICA_TAG,),
    waits_to_start=True,
    core=("create-inside-cli-SIGKILL", "update-inside-provider-SIGKILL"),
)
