"""How images are tried out by storms and tests."""

from __future__ import annotations

from typing import Any

from components.model.sample import Revision, Sample

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
    source_region="cn-beijing",
    regions=("cn-hangzhou", "cn-shanghai", "cn-shenzhen"),
    components=("web", "batch"),
    prefix="m-2zechaos",
    usable="Available",
    settings=_settings,
    looks=_looks,
    passing=(("InternalError", 500), ("ServiceUnavailable", 503), ("Throttling.User", 400)),
    failure={"kind": "copy_fails", "reason": "The disk broke."},
    reads_are_fragile=True,
)
