"""Rows of images: where their copies are, and how one that no row can hold is ended."""

from __future__ import annotations

from typing import Any

import pytest

from components.clouds.copies import CopyState, Phase
from components.image.rows import ROWS
from components.snapshot.lifecycle import DISK_ROWS

PROVIDERS = "urn:pulumi:test::replicas::pulumi:providers"


@pytest.mark.parametrize(
    ("reader", "type_", "provider", "region"),
    [
        (ROWS, "alicloud:ecs/imageCopy:ImageCopy", "alicloud::replicas-alicloud-cn-beijing::1", "cn-beijing"),
        (ROWS, "alicloud:ecs/imageCopy:ImageCopy", "alicloud::somebody-elses::1", ""),
        (
            DISK_ROWS,
            "tencentcloud:Cbs/snapshot:Snapshot",
            "tencentcloud::replicas-tencentcloud-ap-guangzhou::1",
            "ap-guangzhou",
        ),
    ],
)
def test_region_is_known_although_the_provider_is_gone(reader: Any, type_: str, provider: str, region: str) -> None:
    assert reader.place({"type": type_, "provider": f"{PROVIDERS}:{provider}"}, []) == (region, "")


@pytest.mark.parametrize(
    ("phase", "ended"),
    [(Phase.COPYING, "cancelled"), (Phase.USABLE, "deleted"), (Phase.FAILED, "deleted"), (None, "")],
)
def test_copy_that_no_row_can_hold_is_cancelled_or_deleted(
    monkeypatch: pytest.MonkeyPatch, phase: Phase | None, ended: str
) -> None:
    done: list[tuple[str, str, str]] = []

    class Ecs:
        def __init__(self, _connection: Any) -> None:
            self.cancel_copy_image = lambda region, id_: done.append(("cancelled", region, id_))
            self.delete_image = lambda region, id_: done.append(("deleted", region, id_))

        def look_up(self, _region: str, groups: dict[str, str]) -> dict[str, CopyState]:
            return {id_: CopyState(id_, "any", phase, 0) for id_ in groups if phase}

    monkeypatch.setattr("components.image.rows.Ecs", Ecs)

    ROWS.connect({}).delete("cn-beijing", "m-1", {})

    assert done == ([(ended, "cn-beijing", "m-1")] if ended else [])
