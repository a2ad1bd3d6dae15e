"""Answers that say nothing, answers that say "nothing", and errors in an envelope that the SDK does not open."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from components.clouds import retries
from components.clouds.copies import moment
from components.clouds.errors import CloudError, InvalidInput, NoAnswer, NotFound, QuotaReached, Unavailable
from components.clouds.tencent.cbs import Cbs
from components.clouds.tencent.cbs_snapshot import BEIJING
from components.clouds.tencent.connection import Connection


@dataclass
class Wire:
    """What a server answers, whatever it is asked."""

    body: Any = None
    status: int = 200
    content_type: str | None = "application/json"
    asked: int = 0


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def cbs(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cbs]:
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            wire.asked += 1
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(wire.status)
            if wire.content_type:
                self.send_header("Content-Type", wire.content_type)
            self.end_headers()
            self.wfile.write(wire.body if isinstance(wire.body, bytes) else json.dumps(wire.body).encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    for variable in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", "id")
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "key")
    for patience in ("READ_PATIENCE", "CHANGE_PATIENCE"):
        monkeypatch.setattr(retries, patience, 0)
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Cbs(Connection(f"http://127.0.0.1:{server.server_port}"), sleep=lambda _: None)
        server.shutdown()
        thread.join()


def copied(cbs: Cbs) -> str:
    return cbs.start_copy(source_region="ap-guangzhou", source_id="snap-1", region="ap-beijing", name="n")


def result(**changed: Any) -> dict[str, Any]:
    ours = {"SnapshotId": "snap-2", "DestinationRegion": "ap-beijing", "Code": "Success", "Message": "", **changed}
    return {"Response": {"SnapshotCopyResultSet": [ours], "RequestId": "r"}}


EMPTY: list[Any] = [
    {"Response": {"TotalCount": 0, "SnapshotSet": [], "RequestId": "r"}},
    {"Response": {"TotalCount": 0, "SnapshotSet": None, "RequestId": "r"}},
    {"Response": {"TotalCount": 0, "RequestId": "r"}},
]
UNUSABLE: dict[str, Any] = {
    "no JSON": b"<html>proxy</html>",
    "half of a JSON": b'{"Response": {"TotalCount": 0, "Req',
    "nothing": b"",
    "no object": [],
    "null": None,
    "no Response": {"TotalCount": 0, "SnapshotSet": [], "RequestId": "r"},
    "Response of another type": {"Response": []},
    "no RequestId": {"Response": {"TotalCount": 0, "SnapshotSet": []}},
    "no count": {"Response": {"SnapshotSet": [], "RequestId": "r"}},
    "count of another type": {"Response": {"TotalCount": "many", "SnapshotSet": [], "RequestId": "r"}},
    "null although there are some": {"Response": {"TotalCount": 3, "SnapshotSet": None, "RequestId": "r"}},
    "none although there are some": {"Response": {"TotalCount": 3, "SnapshotSet": [], "RequestId": "r"}},
    "list of another type": {"Response": {"TotalCount": 0, "SnapshotSet": "none", "RequestId": "r"}},
    "error of another type": {"Response": {"Error": "odd", "TotalCount": 0, "SnapshotSet": [], "RequestId": "r"}},
    "error without a code": {"Response": {"Error": {}, "TotalCount": 0, "SnapshotSet": [], "RequestId": "r"}},
}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2027-01-31 08:00:00", datetime(2027, 1, 31, tzinfo=UTC)),
        ("2027-01-31T00:00:00Z", datetime(2027, 1, 31, tzinfo=UTC)),
        *(
            (text, None)
            for text in ("", "0000-00-00 00:00:00", "0001-01-01 00:00:00", "9999-12-31T23:59:59-08:00", "soon")
        ),
    ],
)
def test_time(text: str, read: datetime | None) -> None:
    """Beijing's where it says no zone; what is no time proves nothing."""
    assert moment(text, BEIJING) == read


CONTENT_TYPES = ["application/json", "application/json; charset=utf-8", "text/plain", "text/html", None]


@pytest.mark.parametrize("body", EMPTY)
def test_empty(cbs: Cbs, wire: Wire, body: Any) -> None:
    wire.body = body

    assert cbs.describe("ap-beijing", {"snap-1": ""}) == {}


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
@pytest.mark.parametrize("kind", UNUSABLE)
def test_unusable(cbs: Cbs, wire: Wire, kind: str, content_type: str | None) -> None:
    wire.body, wire.content_type = UNUSABLE[kind], content_type

    with pytest.raises(NoAnswer) as raised:
        cbs.describe("ap-beijing", {"snap-1": ""})

    assert raised.value.maybe_done
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_error_is_an_error_in_any_envelope(cbs: Cbs, wire: Wire, content_type: str | None) -> None:
    error = {"Code": "InvalidSnapshotId.NotFound", "Message": "No such\nsnapshot."}
    wire.body, wire.content_type = {"Response": {"Error": error, "RequestId": "r-1"}}, content_type

    for ask in (
        lambda: cbs.describe("ap-beijing", {"snap-1": ""}),
        lambda: cbs.delete_snapshot("ap-beijing", "snap-1", with_bound_images=False),
        lambda: copied(cbs),
    ):
        with pytest.raises(NotFound, match=r": InvalidSnapshotId\.NotFound: No such snapshot \(request r-1\)\. Next: "):
            ask()


def test_change_without_a_request_id_is_no_success(cbs: Cbs, wire: Wire) -> None:
    wire.body = {"Response": {}}

    with pytest.raises(NoAnswer):
        cbs.delete_snapshot("ap-beijing", "snap-1", with_bound_images=False)
    with pytest.raises(NoAnswer):
        cbs.modify("ap-beijing", "snap-1", settings={"SnapshotName": "n"})


@pytest.mark.parametrize("status", [301, 400, 404, 500, 503])
def test_status_that_no_api_gives(cbs: Cbs, wire: Wire, status: int) -> None:
    """Whatever it says, it comes from something in between: nothing is known."""
    wire.status = status
    wire.body = {"Response": {"Error": {"Code": "InvalidSnapshotId.NotFound", "Message": "m"}, "RequestId": "r"}}

    with pytest.raises(NoAnswer) as raised:
        copied(cbs)

    assert raised.value.maybe_done


def test_result_of_the_region(cbs: Cbs, wire: Wire) -> None:
    wire.body = result()

    assert copied(cbs) == "snap-2"
    assert wire.asked == 1


@pytest.mark.parametrize(
    "changed",
    [{"DestinationRegion": "ap-tokyo"}, {"SnapshotId": ""}, {"SnapshotId": None}, {"Code": ""}, {"Code": None}],
)
def test_result_that_is_none_of_ours(cbs: Cbs, wire: Wire, changed: dict[str, Any]) -> None:
    """The copy may run: it is looked for, not sent again."""
    wire.body = result(**changed)

    with pytest.raises(NoAnswer) as raised:
        copied(cbs)

    assert raised.value.maybe_done
    assert wire.asked == 1


@pytest.mark.parametrize("results", [None, [], [None], "none", {}])
def test_no_results(cbs: Cbs, wire: Wire, results: Any) -> None:
    wire.body = {"Response": {"SnapshotCopyResultSet": results, "RequestId": "r"}}

    with pytest.raises(NoAnswer) as raised:
        copied(cbs)

    assert raised.value.maybe_done


@pytest.mark.parametrize(
    ("code", "named", "kind", "is_unclear"),
    [
        ("InsufficientSnapshotQuota", "", QuotaReached, False),
        ("Odd.Code", None, InvalidInput, False),
        ("InternalError", "", Unavailable, True),
        ("InsufficientSnapshotQuota", "snap-2", QuotaReached, True),
    ],
)
def test_result_that_is_an_error(
    cbs: Cbs, wire: Wire, code: str, named: str | None, kind: type[CloudError], is_unclear: bool
) -> None:
    """A refusal, unless the fault is the cloud's own or the result names a copy: then it is looked for."""
    wire.body = result(Code=code, SnapshotId=named)

    with pytest.raises(kind) as raised:
        copied(cbs)

    assert raised.value.maybe_done is is_unclear
    assert wire.asked == 1
