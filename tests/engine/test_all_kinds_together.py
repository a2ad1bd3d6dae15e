"""Replicas of all kinds in one stack."""

from __future__ import annotations

import time

import pytest

from tests.engine.harness import Cloud, Stack, image, replica, snapshot

COPY_SECONDS = 30
ALIBABA = ("cn-shanghai", "cn-shenzhen", "cn-guangzhou", "cn-chengdu")
TENCENT = ("ap-beijing", "ap-shanghai", "ap-singapore", "ap-tokyo")
KINDS = ("eci", "ecs", "cbs")


@pytest.mark.bench
def test_sixty_replicas_of_all_kinds_take_as_long_as_one(stack: Stack, cloud: Cloud) -> None:
    """They end within the slowest copy + 25 % + the time of the same `up` with copies of 0 s.

    Of snapshots each source is copied to a region once at a time, so there are five sources. Images queue up in the
    cloud: that is not what is looked at here.
    """
    sources = [{"region": "ap-guangzhou", "id": f"snap-bench0{number}", "size": 50} for number in range(5)]
    cloud.server.control.post("seed", {"snapshots": sources})
    sections = {
        "dataCaches": {f"set-{number}": replica(*ALIBABA, path=f"/{number}") for number in range(5)},
        "images": {f"golden-{number}": image(*ALIBABA) for number in range(5)},
        "snapshots": {
            f"disk-{number}": snapshot(*TENCENT, source={key: str(source[key]) for key in ("region", "id")})
            for number, source in enumerate(sources)
        },
    }

    def counts() -> list[int]:
        inventory = cloud.server.control.get("inventory")
        usable = {"Available", "NORMAL"}
        return [
            sum(
                bool(one["copied_from"]) and one["status"] in usable
                for region in inventory[kind].values()
                for one in region
            )
            for kind in KINDS
        ]

    def timed() -> float:
        stack.config(**sections)
        started = time.monotonic()
        done = stack.up()
        took = time.monotonic() - started
        assert done.code == 0, done.text
        assert counts() == [20, 20, 20]
        return took

    cloud.settings(image_copy_slots=100)
    floor = timed()
    stack.config()
    assert stack.up().code == 0
    assert counts() == [0, 0, 0]
    cloud.settings(copy_seconds=COPY_SECONDS)

    took = timed()

    print(f"60 replicas of all kinds: {took:.0f} s with copies of {COPY_SECONDS} s, {floor:.0f} s with copies of 0 s")
    assert took <= COPY_SECONDS * 1.25 + floor
