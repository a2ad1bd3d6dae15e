"""How DataCaches are tried out by storms and tests."""

from __future__ import annotations

from typing import Any

from components.model.sample import Revision, Sample

BUCKETS = {"corpus": "datasets"}
"""Components whose DataCaches are in another bucket than the default one."""


def _looks(of: Revision) -> dict[str, Any]:
    name = f"{of.component}-{of.region}" if of.number % 2 == 0 else f"{of.component}-renamed-{of.number}"
    bucket = BUCKETS.get(of.component, "default")
    tags = {"team": "chaos", "revision": str(of.number)}
    return {"name": name, "bucket": bucket, "path": f"/{of.component}", "tags": tags}


def _settings(of: Revision) -> dict[str, Any]:
    looks = _looks(of)
    settings = {key: looks[key] for key in ("bucket", "path", "tags")}
    if of.number % 2:
        settings["name"] = looks["name"]
    if of.reload:
        source = {"type": "URL", "options": {"repoSource": "HuggingFace/Model", "repoId": of.component}}
        settings["reload"] = {"trigger": str(of.reload), "dataSource": source}
    return settings


SAMPLE = Sample(
    source_region="cn-beijing",
    regions=("cn-hangzhou", "cn-shanghai", "cn-shenzhen"),
    components=("weights", "corpus", "index"),
    prefix="edc-2zechaos",
    usable="Available",
    settings=_settings,
    looks=_looks,
    source=lambda component: {"path": f"/{component}"},
    other=lambda component: {"path": f"/{component}", "tags": {"team": "chaos"}},
    passing=(
        ("InternalError", 500),
        ("ServiceUnavailable", 503),
        ("Throttling.Api", 400),
        ("IncorrectStatus", 400),
    ),
    failure={"kind": "copy_fails", "reason": "The disk broke."},
    update_failure={"kind": "update_fails", "reason": "The repository is gone."},
    reloads=True,
)
