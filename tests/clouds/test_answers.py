"""Answers that say nothing, and answers that say "nothing"."""

from __future__ import annotations

from typing import Any

import pytest
from alibabacloud_eci20180808.client import Client

from components.clouds import retries
from components.clouds.alibaba.eci import Eci
from components.clouds.errors import NoAnswer

EMPTY: list[dict[str, Any]] = [
    {"RequestId": "r", "DataCaches": [], "TotalCount": 0},
    {"RequestId": "r", "DataCaches": None, "TotalCount": 0},
    {"RequestId": "r", "TotalCount": 0},
]
UNUSABLE: list[dict[str, Any]] = [
    {},
    {"RequestId": "r"},
    {"RequestId": "r", "TotalCount": 3},
    {"Code": "Odd", "RequestId": "r", "DataCaches": []},
    {"DataCaches": []},
    {"DataCaches": [], "TotalCount": 0},
    {"RequestId": "r", "DataCaches": []},
    {"RequestId": "r", "DataCaches": [], "TotalCount": 20},
    {"RequestId": "r", "DataCaches": [], "TotalCount": "0"},
    {"RequestId": "r", "DataCaches": [], "TotalCount": True},
    {"RequestId": "r", "DataCaches": ["edc-2"], "TotalCount": 1},
    {"RequestId": "r", "DataCaches": [{"DataCacheId": "edc-2", "Status": "Available"}], "TotalCount": 0},
    {"RequestId": "r", "DataCaches": [{"DataCacheId": "edc-2", "Status": "Available"}], "TotalCount": 2},
    {"RequestId": "r", "DataCaches": [{"DataCacheId": "edc-2"}], "TotalCount": 1, "NextToken": "again"},
]


def answering(monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]) -> None:
    monkeypatch.setattr(Client, "call_api", lambda *_: {"headers": {}, "statusCode": 200, "body": body})
    monkeypatch.setattr(retries, "READ_PATIENCE", 0)


@pytest.mark.parametrize("body", EMPTY)
def test_empty(eci: Eci, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]) -> None:
    answering(monkeypatch, body)

    assert eci.describe("cn-hangzhou", {"edc-1": ""}) == {}


@pytest.mark.parametrize("body", UNUSABLE)
def test_unusable(eci: Eci, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]) -> None:
    answering(monkeypatch, body)

    with pytest.raises(NoAnswer):
        eci.describe("cn-hangzhou", {"edc-1": ""})
