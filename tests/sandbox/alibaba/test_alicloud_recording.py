"""What the real alicloud plugin sent for one ImageCopy - create, update, refresh, delete - sent to the sandbox.

The recording has neither signatures nor timestamps: each request is signed again, as the plugin's SDK does it. All
else is sent as it was recorded, except the id of the copy, which the sandbox chooses.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.ecs_sdk import HANGZHOU
from tests.sandbox.core.raw_http import V1Call

LINES = (Path(__file__).parents[2] / "recordings" / "alicloud-plugin-imagecopy.jsonl").read_text().splitlines()
RECORDING: list[dict[str, Any]] = [json.loads(line) for line in LINES]
SOURCE = "m-src"
COPY = "m-1"
DESCRIPTION = "d"
COMMON = frozenset({"Action", "Format", "Version"})
UNSENT = frozenset({"Content-Length", "Content-Type", "content-type"})  # the client sets them for what it sends
DESTINATION = "cn-beijing"


@dataclass
class Plugin:
    """Sends the requests of the recording in their order, each when its time has come."""

    server: SandboxServer
    made: str = ""
    """The id that stands in for COPY."""
    clock: float = 0.0

    def send(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request; answers the body of the answer, which must be a success."""
        self.server.control.advance(request["at_s"] - self.clock)
        self.clock = request["at_s"]
        body = dict(parse_qsl(request["body"]))
        own = {name: self._mapped(value) for name, value in request["params"].items()}
        call = V1Call(
            action=own["Action"],
            version=own["Version"],
            query={name: value for name, value in own.items() if name not in COMMON | body.keys()},
            form={name: self._mapped(value) for name, value in body.items()},
            method=request["method"],
            headers={name: value for name, value in request["headers"].items() if name not in UNSENT},
            changes={"Format": own["Format"]},
            host=request["host"].replace("PORT", str(self.server.port)),
        )
        prefix = f"http://{call.host}" if request["target_form"] == "absolute" else ""
        status, answer = call.send(self.server, prefix)
        assert status == 200, answer
        self.made = self.made or answer["ImageId"]
        return answer

    def _mapped(self, value: str) -> str:
        return self.made if value == COPY else value


@pytest.fixture
def plugin(server: SandboxServer) -> Plugin:
    server.control.post("seed", {"images": [{"region": HANGZHOU, "id": SOURCE, "name": "source"}]})
    return Plugin(server)


def test_recording_is_the_whole_life_of_an_image_copy() -> None:
    assert [request["action"] for request in RECORDING] == [
        *("CopyImage", "DescribeImages", "DescribeImages"),
        *("UntagResources", "TagResources", "ModifyImageAttribute", "DescribeImages", "ListTagResources"),
        *("DescribeImages", "DescribeImages", "DeleteImage", "DescribeImages"),
    ]
    assert {request["target_form"] for request in RECORDING} == {"absolute", "origin"}


def test_plugin_gets_what_it_needs_at_every_step(plugin: Plugin, control: ControlClient) -> None:
    answers = [plugin.send(request) for request in RECORDING]

    copied, created, read, *updates, listed, refreshed, found, _, gone = answers
    assert copied["ImageId"].startswith("m-")
    for answer in (created, read):
        image = only(answer)
        assert (image["ImageId"], image["Status"], image["Progress"]) == (plugin.made, "Available", "100%")
        assert (image["ImageName"], image["Description"]) == ("golden", DESCRIPTION)
        assert image["Tags"] == {"Tag": [{"TagKey": "a", "TagValue": "b"}]}
    updated = only(updates[-1])
    assert (updated["ImageName"], updated["Description"]) == ("golden2", DESCRIPTION)
    tags = [("a", "c"), ("z", "y")]
    assert [(tag["TagKey"], tag["TagValue"]) for tag in updated["Tags"]["Tag"]] == tags
    assert [(tag["TagKey"], tag["TagValue"]) for tag in listed["TagResources"]["TagResource"]] == tags
    assert {tag["ResourceId"] for tag in listed["TagResources"]["TagResource"]} == {plugin.made}
    assert only(refreshed) == only(found) == updated
    assert (gone["TotalCount"], gone["Images"]) == (0, {"Image": []})
    assert all(answer["RequestId"] for answer in answers)

    inventory = control.get("inventory")
    assert list(inventory["ecs"]) == [HANGZHOU]
    assert [one["image"] for one in inventory["ecs_snapshots"][DESTINATION]] == [plugin.made]


def test_plugin_sees_a_copy_that_takes_longer(plugin: Plugin, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 600})
    copy, first_look = RECORDING[:2]
    plugin.send(copy)
    assert only(plugin.send(first_look))["Status"] == "Creating"
    control.advance(540)

    assert only(plugin.send(first_look))["Status"] == "Available"


def test_every_call_of_the_plugin_is_recorded_with_its_region(plugin: Plugin, control: ControlClient) -> None:
    for request in RECORDING:
        plugin.send(request)

    calls = control.get("calls", service="ecs")
    assert [call["action"] for call in calls] == [request["action"] for request in RECORDING]
    assert [call["region"] for call in calls] == [HANGZHOU] + [DESTINATION] * 11
    assert "ignature" not in json.dumps(calls)


def only(answer: dict[str, Any]) -> dict[str, Any]:
    (image,) = answer["Images"]["Image"]
    assert isinstance(image, dict)
    return image
