"""Whatever is sent in whatever order: the answer has the API's form, and the snapshots keep their rules."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core.server import SandboxServer
from tests.sandbox.tencent.cbs_sdk import BEIJING, DISK, GUANGZHOU, SEED, SHANGHAI, SOURCE
from tests.sandbox.tencent.raw_tc3 import Tc3Call

REGIONS = [BEIJING, GUANGZHOU, SHANGHAI]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
IDS = st.sampled_from([SOURCE, "snap-unknown0", "made", ""])
SENSIBLE: dict[str, st.SearchStrategy[Any]] = {
    "SnapshotId": IDS,
    "SnapshotIds": st.lists(IDS, max_size=3),
    "SnapshotName": st.text(max_size=61),
    "DestinationRegions": st.lists(st.sampled_from([*REGIONS, "ap-nowhere"]), max_size=3, unique=True),
    "Filters": st.lists(
        st.fixed_dictionaries(
            {
                "Name": st.sampled_from(["snapshot-name", "snapshot-state", "encrypt", "colour"]),
                "Values": st.lists(st.sampled_from(["golden", "NORMAL", "true"]), max_size=2),
            }
        ),
        max_size=2,
    ),
    "Limit": st.integers(-1, 101),
    "Offset": st.integers(-1, 3),
    "Order": st.sampled_from(["ASC", "DESC", "asc"]),
    "IsPermanent": st.booleans(),
    "Deadline": st.sampled_from(["2100-01-01T00:00:00Z", "2001-01-01T00:00:00Z", "soon"]),
    "DeleteBindImages": st.booleans(),
    "DiskId": st.sampled_from([DISK, "disk-unknown0"]),
    "Tags": st.lists(st.fixed_dictionaries({"Key": st.text(max_size=2), "Value": st.text(max_size=2)}), max_size=2),
}
ACTIONS = {
    "CopySnapshotCrossRegions": ["SnapshotId", "DestinationRegions", "SnapshotName"],
    "DescribeSnapshots": ["SnapshotIds", "Filters", "Limit", "Offset", "Order"],
    "ModifySnapshotAttribute": ["SnapshotId", "SnapshotName", "IsPermanent", "Deadline"],
    "DeleteSnapshots": ["SnapshotIds", "DeleteBindImages"],
    "CreateSnapshot": ["DiskId", "SnapshotName", "Deadline", "Tags"],
}


@st.composite
def calls(draw: st.DrawFn) -> tuple[Tc3Call, int]:
    """A call that is often right, and how many seconds pass after it."""
    action = draw(st.sampled_from(sorted(ACTIONS)))
    fields = st.fixed_dictionaries({}, optional={name: SENSIBLE[name] for name in ACTIONS[action]})
    body = draw(fields | st.dictionaries(st.sampled_from([*SENSIBLE, "Colour"]), JSON, max_size=3))
    return Tc3Call(action, region=draw(st.sampled_from(REGIONS)), body=body), draw(st.sampled_from([0, 1, 10]))


@settings(max_examples=40)
@given(st.lists(calls(), min_size=1, max_size=12))
def test_every_sequence_of_calls_is_answered_in_form(sequence: list[tuple[Tc3Call, int]]) -> None:
    with SandboxServer() as server:
        server.control.post("seed", SEED)
        server.control.post("settings", {"requests_per_second": 1_000_000})
        made = SOURCE
        for call, seconds in sequence:
            call.body = _with_made(call.body, made)
            answer = call.send(server)
            response = answer.body["Response"]

            assert (answer.status, answer.content_type) == (200, "application/json")
            assert response["RequestId"]
            assert answer.code != "InternalError"
            made = _id_in(response) or made
            server.control.advance(seconds)
        _check_inventory(server.control.get("inventory")["cbs"])


def _check_inventory(inventory: dict[str, Any]) -> None:
    running = set()
    for region, snapshots in inventory.items():
        for snapshot in snapshots:
            origin = snapshot["copied_from"]
            assert snapshot["copied"] == (origin is not None)
            assert snapshot["permanent"] == (snapshot["deadline"] is None)
            if snapshot["status"] in {"COPYING_FROM_REMOTE", "CHECKING_COPIED"}:
                assert origin["region"] != region
                route = (origin["region"], origin["id"], region)
                assert route not in running
                running.add(route)
    sources = {
        (region, snapshot["id"], destination)
        for region, snapshots in inventory.items()
        for snapshot in snapshots
        for destination in snapshot["copying_to"]
    }
    assert sources == running


def _with_made(body: Any, made: str) -> Any:
    """The body with the newest snapshot where it says `made`."""
    if isinstance(body, dict):
        return {name: _with_made(value, made) for name, value in body.items()}
    if isinstance(body, list):
        return [_with_made(value, made) for value in body]
    return made if body == "made" else body


def _id_in(response: dict[str, Any]) -> str | None:
    results = response.get("SnapshotCopyResultSet") or [response]
    return next((one["SnapshotId"] for one in results if one.get("SnapshotId")), None)
