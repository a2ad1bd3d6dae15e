"""Copies that have the stack's mark and that no row records: which are recorded for deletion, and which are kept."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from components.clouds.alibaba.eci_data_cache import DataCache
from components.clouds.copies import Copy, CopyService
from components.clouds.errors import Unavailable
from components.lifecycle import mark
from components.lifecycle.outcome import Unread
from components.model.kind import Cloud
from tools.runner import strays
from tools.runner.stack import Stack

TYPE = "pulumi-python:dynamic/alibaba:DataCacheCopy"
PLACE = (TYPE, "cn-hangzhou", "default")
ID = "0123456789abcdef0123456789abcdef"
INPUTS = {"source_region": "cn-beijing", "source_id": "edc-s", "region": "cn-hangzhou", "path": "/v1"}
IDENTITY = list(INPUTS.values())


class FakeStack:
    """A state with one live copy, and a cloud that lists what a test says."""

    def __init__(self, *listed: DataCache, **flags: Any) -> None:
        self.id = ID
        self.listed = listed
        self.said: list[str] = []
        self.silent: dict[tuple[str, str], Unread] = {}
        token = mark.new_token(ID, IDENTITY)
        row = {"urn": "urn::w", "type": TYPE, "id": "edc-live", "inputs": {**INPUTS, "copy_token": token}, **flags}
        self.rows = [{**row, "outputs": {**row["inputs"], "account": "1", "unseen": True}}]

    @property
    def deployment(self) -> dict[str, Any]:
        return {"resources": self.rows}

    def exported(self) -> dict[str, Any]:
        return {"version": 3, "deployment": self.deployment}

    def replace_state(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        assert before == self.exported()
        self.rows = after["deployment"]["resources"]

    def adopted(self) -> set[str]:
        return {"edc-adopted"}

    def say(self, line: str) -> None:
        self.said.append(line)

    def cloud(self, type_: str) -> Cloud:
        assert type_ == TYPE
        unused: Any = None
        return Cloud(
            cast("CopyService", SimpleNamespace(name="eci")),
            unused,
            unused,
            marked=self.marked,
            marked_token=lambda copy, _: copy.name,
        )

    def marked(self, region: str, _group: str, stack_id: str) -> Sequence[Copy]:
        assert stack_id == ID
        if region == "cn-silent":
            raise Unavailable(doing="describing DataCaches in cn-silent", code="503", message="down", next_step="wait")
        return self.listed if region == "cn-hangzhou" else []


def stray(id_: str = "edc-stray", *, source: str = "edc-s", status: str = "Available") -> DataCache:
    """Return a marked copy; its name stands for the token in its mark."""
    token = mark.new_token(ID, [source if value == "edc-s" else value for value in IDENTITY])
    return DataCache(id=id_, status=status, name=token)


def settled(stack: FakeStack, *places: tuple[str, str, str]) -> list[tuple[str, bool]]:
    strays.settle(cast("Stack", stack), places or [PLACE])
    return [(row["id"], bool(row.get("delete"))) for row in stack.rows]


def test_double_of_a_live_replica_is_recorded_for_deletion() -> None:
    double = stray()
    stack = FakeStack(double)

    assert settled(stack) == [("edc-live", False), ("edc-stray", True)]
    assert stack.said == [
        "repair: edc-stray in cn-hangzhou is a copy of what edc-live already is; recorded for deletion"
    ]
    outputs = stack.rows[1]["outputs"]
    assert (outputs["copy_token"], outputs["stack_id"], outputs["account"]) == (double.name, ID, "1")
    assert "unseen" not in outputs


def test_anything_else_is_kept_and_reported() -> None:
    """A replica that was retained when its source changed looks like that."""
    stack = FakeStack(stray(source="edc-older"))

    assert settled(stack) == [("edc-live", False)]
    assert "edc-stray in cn-hangzhou has this stack's mark, and no row records it: it is kept. Next: " in stack.said[0]


def test_failed_double_is_recorded_for_deletion() -> None:
    """It was listed too late to be used, and failed since: nothing else would ever delete it."""
    assert settled(FakeStack(stray(status="Failed"))) == [("edc-live", False), ("edc-stray", True)]


def test_failed_copy_of_something_else_is_reported_as_failed() -> None:
    stack = FakeStack(stray(source="edc-older", status="Failed"))

    assert settled(stack) == [("edc-live", False)]
    assert stack.said[0].endswith("it is kept. Next: its copy has failed: delete it in the console.")


@pytest.mark.parametrize("flag", ["protect", "retainOnDelete"])
def test_double_of_what_is_to_be_kept_is_kept(flag: str) -> None:
    """A forced replacement of a replica with `retain_on_delete` leaves one on purpose."""
    assert settled(FakeStack(stray(), **{flag: True})) == [("edc-live", False)]


def test_recorded_and_deleted_ones_are_no_strays() -> None:
    stack = FakeStack(stray("edc-live"), stray("edc-going", status="Deleting"))

    assert settled(stack) == [("edc-live", False)]
    assert stack.said == []


def test_what_is_declared_to_be_adopted_is_no_stray() -> None:
    """An adoption that was killed after its mark has left it so, beside a copy of the same source."""
    assert settled(FakeStack(stray("edc-adopted"))) == [("edc-live", False)]


def test_what_is_kept_is_reported_once_a_run() -> None:
    stack = FakeStack(stray(source="edc-older"), stray("edc-double"))
    strays.settle(cast("Stack", stack), [PLACE, (TYPE, "cn-silent", "default")], reports=False)

    assert [line.split()[1] for line in stack.said] == ["edc-double"]


def test_region_without_an_answer_is_reported_and_the_others_are_looked_at() -> None:
    stack = FakeStack(stray())

    (unread,) = strays.settle(cast("Stack", stack), [PLACE, (TYPE, "cn-silent", "default"), (TYPE, "cn-silent", "b")])

    assert unread == Unread("cn-silent", "eci", "describing DataCaches in cn-silent: 503: down")
    assert [row["id"] for row in stack.rows][1:] == ["edc-stray"]


def test_region_that_is_known_to_be_silent_is_not_asked_again() -> None:
    stack = FakeStack()
    stack.silent["eci", "cn-silent"] = Unread("cn-silent", "eci", "down")

    assert strays.settle(cast("Stack", stack), [(TYPE, "cn-silent", "default")]) == []


def test_stack_without_an_id_has_no_mark() -> None:
    stack = FakeStack(stray())
    stack.id = ""

    assert settled(stack) == [("edc-live", False)]


def test_places_of_new_copies() -> None:
    stack = cast("Stack", FakeStack())

    assert strays.places_of_new(stack, stack.rows) == set()
    assert strays.places_of_new(stack, []) == {(TYPE, "cn-hangzhou", "")}


@pytest.mark.parametrize(("age", "found"), [(10, {(TYPE, "cn-hangzhou", "")}), (7200, set()), (None, set())])
def test_places_of_young_copies(age: float | None, found: set[tuple[str, str, str]]) -> None:
    """What a killed run has started of the same thing may be listed only after the copy that the next one made."""
    stack = FakeStack()
    stack.rows[0]["outputs"] |= {} if age is None else {"accepted_at": 100_000 - age}

    assert strays.places_of_young(cast("Stack", stack), now=100_000) == found
