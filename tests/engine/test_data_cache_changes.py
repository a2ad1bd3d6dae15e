"""What a change of the declaration previews, and what it does: one replica is touched, and only as far as needed.

Each kind of change is made to an entry of its own, so that one run of the engine shows them all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from tests.engine.harness import NEWER, SOURCE, Cloud, Stack, replica

SETTINGS: dict[str, Any] = {"path": "/models/v1", "retentionDays": 7, "tags": {"team": "ml", "tier": "gold"}}
_ROW = re.compile(r" *[+~-]+ +\S+:DataCacheCopy (\S+) (create|update|replace|delete)")


def declared() -> dict[str, Any]:
    return replica("cn-hangzhou", "cn-shanghai", **SETTINGS)


def with_region(region: str, **changed: Any) -> dict[str, Any]:
    entry = declared()
    entry["destinations"][region] = {**SETTINGS, **changed}
    return entry


CHANGES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "region-added": (with_region("cn-shenzhen"), {"cn-shenzhen": "create"}),
    "region-removed": (replica("cn-hangzhou", **SETTINGS), {"cn-shanghai": "delete"}),
    "retention": (with_region("cn-hangzhou", retentionDays=9), {"cn-hangzhou": "update"}),
    "tags": (with_region("cn-hangzhou", tags={"team": "x"}), {"cn-hangzhou": "update"}),
    "name": (with_region("cn-hangzhou", name="other"), {"cn-hangzhou": "update"}),
    "bucket": (with_region("cn-hangzhou", bucket="other"), {"cn-hangzhou": "update"}),
    "size": (with_region("cn-hangzhou", size=40), {"cn-hangzhou": "update"}),
    "path": (with_region("cn-hangzhou", path="/v2"), {"cn-hangzhou": "replace"}),
    "source": ({**declared(), "source": NEWER}, {"cn-hangzhou": "replace", "cn-shanghai": "replace"}),
    "regions-reordered": (
        {"source": SOURCE, "destinations": dict(reversed(declared()["destinations"].items()))},
        {},
    ),
    "tags-reordered": (with_region("cn-hangzhou", tags={"tier": "gold", "team": "ml"}), {}),
    "timeout": ({**declared(), "readyTimeout": "3h"}, {}),
}


def test_previews(stack: Stack, cloud: Cloud) -> None:
    stack.config({name: declared() for name in CHANGES})
    assert stack.up().code == 0
    calls = len(cloud.calls("CopyDataCache"))

    unchanged = stack.preview()

    assert set(unchanged.resources) == {"unchanged"}
    assert "Outputs" not in unchanged.text
    assert "DataCacheCopy" not in unchanged.text
    assert "DataCacheReplica" not in unchanged.text

    stack.config({name: changed for name, (changed, _) in CHANGES.items()})
    done = stack.preview()

    rows: dict[str, set[str]] = defaultdict(set)
    for match in filter(None, map(_ROW.match, done.text.splitlines())):
        rows[match[1]].add(match[2])
    shown = {name: "replace" if "replace" in whats else "+".join(whats) for name, whats in rows.items()}
    expected = {f"{name}-{region}": what for name, (_, touched) in CHANGES.items() for region, what in touched.items()}
    assert shown == expected
    counts = {"to create": 1, "to delete": 1, "to update": 5, "to replace": 3}
    assert {what: count for what, count in done.resources.items() if what != "unchanged"} == counts
    assert len(cloud.calls("CopyDataCache")) == calls


def test_preview_calls_no_copy(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": declared()})

    assert stack.preview().resources == {"to create": 4}
    assert cloud.server.control.get("calls") == []


def test_changes(stack: Stack, cloud: Cloud) -> None:
    names = ("added", "removed", "updated", "replaced")
    stack.config({name: replica("cn-hangzhou", "cn-shanghai", **SETTINGS, name=name) for name in names})
    assert stack.up().code == 0
    before = {copy["name"]: copy for copy in cloud.replicas("cn-hangzhou")}
    cloud.forget_calls()
    stack.config(
        {
            "added": replica("cn-hangzhou", "cn-shanghai", "cn-shenzhen", **SETTINGS, name="added"),
            "removed": replica("cn-hangzhou", **SETTINGS, name="removed"),
            "updated": with_region("cn-hangzhou", name="other", tags={"team": "x"}, retentionDays=9),
            "replaced": replica("cn-hangzhou", "cn-shanghai", **{**SETTINGS, "path": "/models/v2"}, name="replaced"),
        }
    )

    done = stack.up()

    assert done.code == 0, done.text
    # Two of "updated": its other region loses its name.
    assert done.resources == {"created": 1, "updated": 2, "deleted": 1, "replaced": 2, "unchanged": 8}
    now = {copy["name"]: copy for copy in cloud.replicas("cn-hangzhou")}
    assert [copy["status"] for copy in cloud.replicas("cn-shenzhen")] == ["Available"]
    assert [copy["name"] for copy in cloud.replicas("cn-shanghai") if copy["name"] == "removed"] == []
    assert (now["added"]["id"], now["removed"]["id"]) == (before["added"]["id"], before["removed"]["id"])

    row = next(row for row in stack.rows() if row["urn"].endswith("updated-cn-hangzhou"))
    assert now["other"]["id"] == before["updated"]["id"]
    assert now["other"]["tags"] == {"team": "x", "pulumi-replica": row["inputs"]["copy_token"]}
    assert now["other"]["expires"] > before["updated"]["expires"]

    assert (now["replaced"]["path"], now["replaced"]["status"]) == ("/models/v2", "Available")
    assert now["replaced"]["id"] != before["replaced"]["id"]
    order = [call["action"] for call in cloud.server.control.get("calls") if call["region"] == "cn-hangzhou"]
    assert "DeleteDataCache" in order
    copied = [call["index"] for call in cloud.calls("CopyDataCache")]
    deleted = [call["index"] for call in cloud.calls("DeleteDataCache")]
    assert max(copied) < min(deleted)
    assert stack.preview("--expect-no-changes").code == 0


def test_retention_cannot_be_taken_away(stack: Stack) -> None:
    stack.config({"weights": declared()})
    assert stack.up().code == 0
    settings = {key: value for key, value in SETTINGS.items() if key != "retentionDays"}
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai", **settings)})

    done = stack.preview()

    assert done.code != 0
    assert "cannot be taken away once set" in done.text
    assert "Traceback" not in done.text
