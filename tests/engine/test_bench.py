"""The bounds of docs/performance.md on time and calls, as ratios against a floor of the same run: `make bench`."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.harness import Cloud, Finished, Stack, image, replica, snapshot

pytestmark = pytest.mark.bench

ALIBABA = ("cn-shanghai", "cn-shenzhen", "cn-guangzhou", "cn-chengdu")
TENCENT = ("ap-beijing", "ap-shanghai", "ap-singapore", "ap-tokyo")
TEN_REGIONS = (
    *ALIBABA,
    *("cn-hangzhou", "cn-qingdao", "cn-zhangjiakou", "cn-huhehaote", "cn-wulanchabu", "cn-heyuan"),
)
SERVICES = ("eci", "ecs", "cbs")

# As many properties as a DataCacheCopy has: each costs Pulumi's SDK some of the time of a resource.
NOTHING = """
from pulumi import dynamic

class NothingProvider(dynamic.ResourceProvider):
    serialize_as_secret_always = False

    def check(self, olds, news):
        return dynamic.CheckResult(news, [])

    def create(self, props):
        return dynamic.CreateResult(props["label"], dict(props))

    def diff(self, id, olds, news):
        return dynamic.DiffResult(changes=False)

class Nothing(dynamic.Resource, module="test", name="Nothing"):
    def __init__(self, name, opts=None):
        properties = {f"property{number}": number for number in range(9)}
        super().__init__(NothingProvider(), name, {"label": name, **properties}, opts)
"""
PROGRAM_OF_NOTHING = """
    import pulumi
    from nothing import Nothing
    for number in range({components}):
        parent = pulumi.ComponentResource("test:index:Nothings", f"set-{{number}}")
        for region in range({regions}):
            Nothing(f"set-{{number}}-{{region}}", pulumi.ResourceOptions(parent=parent))
    """


@pytest.fixture
def nothing(stack: Stack) -> Callable[[int, int], None]:
    """Replaces the program by one of as many components and dynamic resources that do nothing."""

    def replace(components: int, regions: int) -> None:
        (stack.directory / "nothing.py").write_text(NOTHING)
        text = PROGRAM_OF_NOTHING.format(components=components, regions=regions)
        (stack.directory / "__main__.py").write_text(textwrap.dedent(text))

    return replace


def timed(run: Callable[[], Finished]) -> float:
    started = time.monotonic()
    done = run()
    assert done.code == 0, done.text
    return time.monotonic() - started


def test_two_hundred_copies_take_as_long_as_one(
    stack: Stack, cloud: Cloud, nothing: Callable[[int, int], None]
) -> None:
    """Copies of 60 s to ten regions: those 60 s, 15 %, and the time of 200 dynamic resources that do nothing."""
    seconds = 60
    stack.config({})
    program = (stack.directory / "__main__.py").read_text()
    nothing(20, 10)
    floor = timed(stack.up)
    (stack.directory / "__main__.py").write_text(program)
    assert stack.up().code == 0
    cloud.settings(copy_seconds=seconds)
    stack.config({f"set-{number}": replica(*TEN_REGIONS, path=f"/{number}") for number in range(20)})
    cloud.forget_calls()

    took = timed(stack.up)

    looks = [call for call in cloud.calls("DescribeDataCaches") if call["region"] == TEN_REGIONS[0]]
    print(f"\n200 copies of {seconds} s: {took:.1f} s, floor {floor:.1f} s; {len(looks)} looks at each region")
    assert len(cloud.replicas()) == 200
    assert took <= seconds * 1.15 + floor
    assert len(looks) <= seconds  # one a second at most, whatever the number of copies


def test_preview_of_a_thousand_takes_as_long_as_that_of_nothing(
    stack: Stack, cloud: Cloud, nothing: Callable[[int, int], None]
) -> None:
    """1,000 new replicas preview in 1.5 times what 1,000 dynamic resources do that do nothing (decision 0012)."""
    stack.config({})
    assert stack.up().code == 0
    cloud.forget_calls()
    stack.config({f"set-{number}": replica(*TEN_REGIONS, path=f"/{number}") for number in range(100)})
    took = timed(stack.preview)
    assert cloud.server.control.get("calls") == []
    stack.config({})
    nothing(100, 10)

    floor = timed(stack.preview)

    print(f"\npreview of 1,000: {took:.1f} s, floor {floor:.1f} s, {took / floor:.2f} of it")
    assert took <= 1.5 * floor


def test_refresh_reads_whole_regions(stack: Stack, cloud: Cloud) -> None:
    """At most one call for 20 DataCaches and for 100 snapshots, and as many again for the table at the end."""
    sources = [{"region": "ap-guangzhou", "id": f"snap-bench0{number}", "size": 50} for number in range(30)]
    cloud.server.control.post("seed", {"snapshots": sources})
    stack.config(
        {f"set-{number}": replica(*ALIBABA, path=f"/{number}") for number in range(30)},
        snapshots={
            f"disk-{number}": snapshot(*TENCENT, source={key: str(source[key]) for key in ("region", "id")})
            for number, source in enumerate(sources)
        },
    )
    assert stack.up().code == 0
    cloud.forget_calls()

    took = timed(lambda: stack.run("refresh"))

    calls = {action: len(cloud.calls(action)) for action in ("DescribeDataCaches", "DescribeSnapshots")}
    print(f"\nrefresh of 120 DataCaches and 120 snapshots: {took:.1f} s, {calls}")
    assert calls["DescribeDataCaches"] <= 2 * 2 * len(ALIBABA)
    assert calls["DescribeSnapshots"] <= 2 * len(TENCENT)


def test_sixty_replicas_of_all_kinds_take_as_long_as_one(stack: Stack, cloud: Cloud) -> None:
    """They end within the slowest copy + 25 % + the time of the same `up` with copies of 0 s.

    Of snapshots each source is copied to a region once at a time, so there are five sources. Images queue up in the
    cloud: that is not what is looked at here.
    """
    seconds = 30
    sources = [{"region": "ap-guangzhou", "id": f"snap-bench0{number}", "size": 50} for number in range(5)]
    cloud.server.control.post("seed", {"snapshots": sources})
    sections: dict[str, Any] = {
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
                for region in inventory[service].values()
                for one in region
            )
            for service in SERVICES
        ]

    cloud.settings(image_copy_slots=100)
    stack.config(**sections)
    floor = timed(stack.up)
    assert counts() == [20, 20, 20]
    stack.config()
    assert stack.up().code == 0
    assert counts() == [0, 0, 0]
    cloud.settings(copy_seconds=seconds)
    stack.config(**sections)

    took = timed(stack.up)

    print(f"\n60 replicas of all kinds: {took:.0f} s with copies of {seconds} s, {floor:.0f} s with copies of 0 s")
    assert counts() == [20, 20, 20]
    assert took <= seconds * 1.25 + floor


def test_review_takes_little_longer_than_the_preview(stack: Stack) -> None:
    """300 replicas of which 40 change: 1.3 times the preview, and a comment that fits."""
    entries = {f"set-{number}": replica(*TEN_REGIONS, path=f"/{number}") for number in range(30)}
    stack.config(entries)
    assert stack.up().code == 0
    for number in range(10):
        regions = entries[f"set-{number}"]["destinations"]
        del regions["cn-heyuan"]
        regions["cn-nanjing"] = {"path": f"/{number}"}
        regions["cn-qingdao"] = {"path": f"/{number}/again"}
        regions["cn-shanghai"] = {"path": f"/{number}", "tags": {"team": "ml"}}
    stack.config(entries)
    floor = min(timed(stack.preview) for _ in range(2))
    out = stack.directory / "review"

    took = min(timed(lambda: stack.run("review", "--no-exit-code", "--out", str(out))) for _ in range(2))

    text = (out / "review.md").read_text()
    print(f"\nreview of 300, 40 changed: {took:.1f} s, preview {floor:.1f} s, {took / floor:.2f} of it")
    assert "10 replicas added, 10 updated, 10 replaced, 10 deleted" in text
    assert text.count("`cn-heyuan`: DataCache") == 10
    assert len(text.encode()) <= 60_000
    assert took <= 1.3 * floor
