"""How DataCaches are tried by storms and tests."""

from typing import Any

from components.model.sample import Revision, Sample, StartParameters
from components.model.tag_rules import REPLICA_TAG

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
    table="data_caches",
    source_region="cn-beijing",
    regions=("cn-hangzhou", "cn-shanghai", "cn-shenzhen"),
    components=("weights", "corpus", "index"),
    prefix="edc-2zechaos",
    usable="Available",
    seeded=("id", "name", "bucket", "path", "size", "status", "tags", "resource_group", "copied_from"),
    start=StartParameters(source="DataCacheId", region="DestinationRegionId", name="Name"),
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
    denied=("NoPermission", 403),
    failure={"kind": "copy_fails", "reason": "The disk broke."},
    update_failure={"kind": "update_fails", "reason": "The repository is gone."},
    own_tags=(REPLICA_TAG,),
    tunable={"ids_need_bucket": (False, True)},
    reloads=True,
    core=(
        "create-inside-cli-SIGKILL",
        "create-inside-provider-SIGKILL",
        "create-inside-program-SIGTERM",
        "replace-inside-cli-SIGKILL",
        "delete-inside-cli-SIGKILL",
    ),
)
