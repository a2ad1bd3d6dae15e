"""Pages of a listing, and single looks: what does not agree is no answer, and proves that nothing is gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest

from components.clouds import retries
from components.clouds.alibaba import connection as alibaba
from components.clouds.alibaba.eci import Eci
from components.clouds.alibaba.ecs import Ecs
from components.clouds.alibaba.ecs_snapshots import EcsSnapshots
from components.clouds.errors import NoAnswer
from components.clouds.listed_service import ListedService
from components.clouds.tencent import connection as tencent
from components.clouds.tencent.cbs import Cbs
from components.clouds.tencent.cvm import Cvm
from components.clouds.tencent.service import TencentService

SERVICES: dict[str, type[ListedService[Any]]] = {
    "eci": Eci,
    "ecs": Ecs,
    "ecs snapshots": EcsSnapshots,
    "cbs": Cbs,
    "cvm": Cvm,
}
ODD_FIELDS = [("ecs", "Size", "big"), ("ecs", "DiskDeviceMappings", "none"), ("eci", "Size", "big"), ("eci", "Tags", 3)]
ODD_FIELDS += [("ecs snapshots", "SourceDiskSize", "big"), ("ecs snapshots", "Tags", "none")]
ODD_FIELDS += [("cbs", "DiskSize", "big"), ("cbs", "Percent", "many"), ("cvm", "ImageSize", "big")]


class Page(NamedTuple):
    """What a cloud lists on one page, how many it counts, and its name for the next page."""

    ids: Sequence[Any]
    total: Any
    token: Any = None
    request_id: Any = "r"


def eci_body(page: Page, **fields: Any) -> dict[str, Any]:
    listed = [{"DataCacheId": id_, "Status": "Available", **fields} for id_ in page.ids]
    return {"DataCaches": listed, "TotalCount": page.total, "NextToken": page.token, "RequestId": page.request_id}


def ecs_body(page: Page, **fields: Any) -> dict[str, Any]:
    listed = [{"ImageId": id_, "Status": "Available", **fields} for id_ in page.ids]
    return {"Images": {"Image": listed}, "TotalCount": page.total, "RequestId": page.request_id}


def ecs_snapshots_body(page: Page, **fields: Any) -> dict[str, Any]:
    listed = [{"SnapshotId": id_, "Status": "accomplished", **fields} for id_ in page.ids]
    return {"Snapshots": {"Snapshot": listed}, "TotalCount": page.total, "RequestId": page.request_id}


def cbs_body(page: Page, **fields: Any) -> dict[str, Any]:
    listed = [{"SnapshotId": id_, "SnapshotState": "NORMAL", **fields} for id_ in page.ids]
    return {"SnapshotSet": listed, "TotalCount": page.total, "RequestId": page.request_id}


def cvm_body(page: Page, **fields: Any) -> dict[str, Any]:
    listed = [{"ImageId": id_, "ImageState": "NORMAL", **fields} for id_ in page.ids]
    return {"ImageSet": listed, "TotalCount": page.total, "RequestId": page.request_id}


BODIES: dict[str, Callable[..., dict[str, Any]]] = {
    "eci": eci_body,
    "ecs": ecs_body,
    "ecs snapshots": ecs_snapshots_body,
    "cbs": cbs_body,
    "cvm": cvm_body,
}


class Paged(NamedTuple):
    service: ListedService[Any]
    asked: list[Any]

    def listed(self) -> list[str]:
        return [thing.id for thing in self.service._listed("cn-a", "")]

    def seen(self, *ids: str) -> set[str]:
        return set(self.service.describe("cn-a", dict.fromkeys(ids, "")))


Script = Callable[..., Paged]


def scripted(name: str, monkeypatch: pytest.MonkeyPatch, *bodies: dict[str, Any]) -> Paged:
    """A service that answers with these, the last one again and again."""
    monkeypatch.setattr(retries, "READ_PATIENCE", 0)
    asked: list[Any] = []

    def send(_self: Any, _doing: str, _region: str, _action: str, params: Any, **_: Any) -> dict[str, Any]:
        asked.append(params)
        return dict(bodies[min(len(asked), len(bodies)) - 1])

    kind = SERVICES[name]
    monkeypatch.setattr(kind, "_send", send)
    connection: Any = (
        tencent.Connection("http://h") if issubclass(kind, TencentService) else alibaba.Connection("http://h")
    )
    return Paged(kind(connection), asked)


@pytest.fixture(params=SERVICES)
def script(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Script:
    return lambda *pages: scripted(request.param, monkeypatch, *map(BODIES[request.param], pages))


@pytest.fixture(params=["ecs", "cbs", "cvm"])
def counted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Script:
    return lambda *pages: scripted(request.param, monkeypatch, *map(BODIES[request.param], pages))


@pytest.fixture
def eci(monkeypatch: pytest.MonkeyPatch) -> Script:
    return lambda *pages: scripted("eci", monkeypatch, *map(eci_body, pages))


def no_answer(paged: Paged) -> None:
    with pytest.raises(NoAnswer):
        paged.listed()


def test_nothing(script: Script) -> None:
    assert script(Page([], 0)).listed() == []


def test_one_page(script: Script) -> None:
    assert script(Page(["a", "b"], 2)).listed() == ["a", "b"]


@pytest.mark.parametrize("total", [1, 20, -1, None, "0", True, 0.0])
def test_nothing_with_another_count_is_no_answer(script: Script, total: Any) -> None:
    no_answer(script(Page([], total)))


@pytest.mark.parametrize("total", [0, 1])
def test_count_below_the_list_is_no_answer(script: Script, total: int) -> None:
    no_answer(script(Page(["a", "b"], total)))


def test_count_above_the_list_is_no_answer(script: Script) -> None:
    no_answer(script(Page(["a", "b"], 3), Page([], 3)))


@pytest.mark.parametrize("request_id", [None, ""])
def test_no_request_id_is_no_answer(script: Script, request_id: Any) -> None:
    no_answer(script(Page([], 0, None, request_id)))


@pytest.mark.parametrize("listed", ["none", 0.5, {"a": 1}, ["a"], [None]])
@pytest.mark.parametrize("name", SERVICES)
def test_odd_list_is_no_answer(name: str, monkeypatch: pytest.MonkeyPatch, listed: Any) -> None:
    body = BODIES[name](Page([], 1))
    for key in ("DataCaches", "Images", "SnapshotSet"):
        if key in body:
            body[key] = listed

    no_answer(scripted(name, monkeypatch, body))


@pytest.mark.parametrize(("name", "field", "value"), ODD_FIELDS)
def test_entry_that_cannot_be_read_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, name: str, field: str, value: Any
) -> None:
    no_answer(scripted(name, monkeypatch, BODIES[name](Page(["a"], 1), **{field: value})))


@pytest.mark.parametrize("id_", ["", None, " "])
def test_thing_without_an_id_is_no_answer(script: Script, id_: Any) -> None:
    no_answer(script(Page(["a", id_], 2)))


def test_thing_listed_twice_hides_another(script: Script) -> None:
    no_answer(script(Page(["a", "a"], 2)))


def test_thing_that_was_not_asked_for_is_no_answer(script: Script) -> None:
    """The cloud has answered another question: that the one asked for is not listed proves nothing."""
    with pytest.raises(NoAnswer, match="lists b, which was not asked for"):
        script(Page(["b"], 1)).seen("a")


def test_what_is_not_listed_of_several_is_absent(script: Script) -> None:
    assert script(Page(["b"], 1)).seen("a", "b") == {"b"}


def test_counted_pages(counted: Script) -> None:
    paged = counted(Page(["a", "b"], 3), Page(["c"], 3))

    assert paged.listed() == ["a", "b", "c"]
    assert len(paged.asked) == 2


@pytest.mark.parametrize(
    "last",
    [
        Page([], 3),
        Page(["a"], 3),  # the first page again
        Page(["c", "d"], 3),
        Page(["c"], 2),  # something was deleted: what came after it is on the page that was read
        Page(["c"], None),
        Page(["c"], 4),
    ],
)
def test_odd_last_page_is_no_answer(counted: Script, last: Page) -> None:
    no_answer(counted(Page(["a", "b"], 3), last, Page([], last.total)))


def test_what_is_made_meanwhile_moves_one_to_the_next_page(counted: Script) -> None:
    assert counted(Page(["a", "b"], 3), Page(["b", "c"], 4)).listed() == ["a", "b", "c"]


@pytest.mark.parametrize(
    "pages",
    [
        [Page(["a", "b"], 3, "1"), Page(["c"], 3)],
        [Page(["a", "b"], 2, "1"), Page(["c"], 1)],
        [Page(["a", "b"], 2, "1"), Page(["c"], 1, "")],
        [Page(["a", "b"], 2, "1"), Page([], 0, "2"), Page(["c"], 1)],
    ],
)
def test_pages_with_tokens(eci: Script, pages: Sequence[Page]) -> None:
    """The count is one of the page, or of all."""
    assert eci(*pages).listed() == ["a", "b", "c"]


@pytest.mark.parametrize(
    "last", [Page([], 3), Page(["c"], 2), Page(["c"], 5), Page(["b"], 1), Page(["c"], None), Page(["c"], 0)]
)
def test_odd_last_page_of_tokens_is_no_answer(eci: Script, last: Page) -> None:
    no_answer(eci(Page(["a", "b"], 2, "1"), last))


def test_page_of_another_kind_of_count_is_no_answer(eci: Script) -> None:
    """The first page counts 30 of all; what is missing is on no page."""
    no_answer(eci(Page(["a", "b"], 30, "1"), Page(["c"], 1)))


@pytest.mark.parametrize(
    "pages",
    [
        [Page(["a"], 1, "1"), Page(["b"], 1, "1")],
        [Page(["a"], 1, "1"), Page(["b"], 1, "2"), Page(["c"], 1, "1")],
        [Page(["a"], 1, 7), Page(["b"], 1)],
        [Page([], 0, "1"), Page([], 0, "1")],
    ],
)
def test_token_that_leads_nowhere_is_no_answer(eci: Script, pages: Sequence[Page]) -> None:
    no_answer(eci(*pages))


def test_pages_without_end_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    paged = scripted("eci", monkeypatch, *(eci_body(Page([], 0, f"{number}")) for number in range(2000)))

    no_answer(paged)
    assert len(paged.asked) < 1100


def test_listing_that_breaks_does_so_for_everybody_who_waits(script: Script) -> None:
    paged = script(Page([], 3))

    for id_ in ("a", "b"):
        with pytest.raises(NoAnswer):
            paged.service.find("cn-a", id_)

    assert len(paged.asked) == 1
