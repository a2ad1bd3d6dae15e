"""A region that gives no answer: its rows stay, and the other regions get what is declared."""

from __future__ import annotations

from tests.engine.harness import Cloud, Stack, replica


def test_a_dead_region_stops_nothing_elsewhere(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica("cn-hangzhou")})
    assert stack.up().code == 0
    (kept,) = cloud.replicas()
    dead = {"service": "eci", "kind": "error", "code": "NoPermission", "status": 403, "region": "cn-hangzhou"}
    cloud.server.control.post("faults", {**dead, "count": None})
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")})

    refreshed = stack.up()
    cloud.server.control.delete("faults")
    healed = stack.up()

    assert refreshed.code != 0
    assert "Traceback" not in refreshed.text
    assert refreshed.line("error: eci in cn-hangzhou gave no answer, so what is recorded of it was kept: ")
    assert healed.code == 0, healed.text
    assert healed.resources == {"unchanged": 5}
    assert {entry["region"]: entry["id"] for entry in cloud.replicas()}["cn-hangzhou"] == kept["id"]
    assert len(cloud.replicas()) == 2
