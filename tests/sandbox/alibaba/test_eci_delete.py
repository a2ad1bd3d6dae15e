from typing import Any

import pytest

from sandbox.core.control_client import ControlClient
from tests.sandbox.alibaba.eci_sdk import BEIJING, HANGZHOU, SOURCE, Eci, refused

NOT_FOUND = ("InvalidParameter.DataCacheId.NotFound", 404)


def test_deleted_cache_is_deleting_for_a_moment_and_then_gone(eci: Eci, control: ControlClient, available: str) -> None:
    control.post("settings", {"delete_seconds": 10})
    eci.delete(available)
    assert eci.one(available).status == "Deleting"
    control.advance(10)

    assert eci.ids() == []
    assert list(control.get("inventory")["eci"]) == [BEIJING]


def test_delete_of_a_failed_copy_works(eci: Eci, control: ControlClient) -> None:
    control.post("faults", {"kind": "copy_fails"})
    cache_id = eci.copy()
    control.advance(5)
    eci.delete(cache_id)
    control.advance(1)

    assert eci.ids() == []


def test_delete_by_path_takes_the_default_bucket(eci: Eci, available: str) -> None:
    eci.delete(None, path="/models/weights")

    assert eci.one(available).status == "Deleting"


def test_delete_by_an_ambiguous_path_is_refused(eci: Eci, available: str) -> None:
    eci.copy()

    assert refused(eci.delete, None, path="/models/weights") == ("InvalidParameter.Path", 400)
    assert eci.one(available).status == "Available"


def test_delete_while_copying_is_refused(eci: Eci) -> None:
    assert refused(eci.delete, eci.copy()) == ("IncorrectStatus", 400)


def test_delete_while_updating_is_refused(eci: Eci, available: str) -> None:
    eci.update(available, size=40)

    assert refused(eci.delete, available) == ("IncorrectStatus", 400)


def test_delete_while_deleting_is_refused(eci: Eci, available: str) -> None:
    eci.delete(available)

    assert refused(eci.delete, available) == ("IncorrectStatus", 400)


def test_delete_of_a_source_being_copied_is_refused(eci: Eci, control: ControlClient) -> None:
    eci.copy()
    assert refused(eci.delete, SOURCE, region_id=BEIJING) == ("IncorrectStatus", 400)
    control.advance(5)

    eci.delete(SOURCE, region_id=BEIJING)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"region_id": None}, ("MissingParameter", 400)),
        ({"cache_id": None}, ("MissingParameter", 400)),
        ({"cache_id": "edc-unknown"}, NOT_FOUND),
        ({"region_id": "cn-shanghai"}, NOT_FOUND),
        ({"bucket": "b"}, NOT_FOUND),
        ({"path": "/other"}, NOT_FOUND),
        ({"cache_id": None, "path": "/other"}, NOT_FOUND),
        ({"cache_id": None, "path": "/models/weights", "bucket": "b"}, NOT_FOUND),
    ],
)
def test_delete_refuses(eci: Eci, available: str, fields: dict[str, Any], expected: tuple[str, int]) -> None:
    assert refused(eci.delete, **{"cache_id": available, "region_id": HANGZHOU} | fields) == expected
    assert eci.ids() == [available]
