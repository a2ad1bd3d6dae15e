"""How images are tried by storms and tests."""

from typing import Any

from components.model.sample import Revision, Sample, StartParameters

GROUPED = "batch"
"""The component whose images have a resource group."""


def _settings(of: Revision) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "description": f"Revision {of.number}",
        "tags": {"team": "chaos", "revision": str(of.number)},
    }
    return settings | ({"resourceGroupId": f"rg-chaos{of.number}"} if of.component == GROUPED else {})


def _looks(of: Revision) -> dict[str, Any]:
    settings = _settings(of)
    group = settings.pop("resourceGroupId", "")
    return {"name": f"{of.component}-{of.region}-*", "resource_group": group, **settings}


SAMPLE = Sample(
    table="images",
    source_region="cn-beijing",
    regions=("cn-hangzhou", "cn-shanghai", "cn-shenzhen"),
    components=("web", "batch"),
    prefix="m-2zechaos",
    usable="Available",
    seeded=("id", "name", "description", "size", "encrypted", "tags", "resource_group", "copied_from"),
    start=StartParameters(source="ImageId", region="DestinationRegionId", name="DestinationImageName"),
    settings=_settings,
    looks=_looks,
    passing=(("InternalError", 500), ("ServiceUnavailable", 503), ("Throttling.User", 400)),
    denied=("Forbidden.RAM", 403),
    failure={"kind": "copy_fails", "reason": "The disk broke."},
    unsteady=("progress", "snapshot"),
    tunable={"image_copy_slots": (5, 1, 2)},
    is_native=True,
    core=(),  # the recovery tests of images say more of the same runs
)
