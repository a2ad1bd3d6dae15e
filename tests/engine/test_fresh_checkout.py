"""CI without anything of the last job but the state: what a killed provider has started is found by its mark."""

from __future__ import annotations

import shutil

from tests.engine.harness import Cloud, Stack, cvm_image, image, replica, snapshot, wait_for
from tests.engine.kills import processes


def test_killed_in_create_in_one_job_is_found_by_the_next(
    stack: Stack, cloud: Cloud, cbs: Cloud, ecs: Cloud, cvm: Cloud
) -> None:
    """One of each kind: a tag, a default name and a name that is taken are the marks; each copy is started once."""
    stack.environment["REPLICAS_CONSISTENCY_SECONDS"] = "4"
    cloud.settings(copy_seconds=3)
    stack.config(
        {"weights": replica("cn-hangzhou")},
        snapshots={"disk": snapshot("ap-beijing")},
        images={"golden": image("cn-beijing")},
        cvmImages={"appliance": cvm_image("ap-singapore")},
    )
    clouds = (cloud, cbs, ecs, cvm)
    for each in clouds:
        each.fault("delay", when="after", seconds=3)
    first = stack.start("up", "--yes")
    wait_for(lambda: all(each.replicas() for each in clouds))
    for role in ("provider", "plugin"):
        for process in processes(first, stack, role):
            process.kill()
    text, _ = first.communicate(timeout=60)
    assert first.returncode != 0, text
    assert stack.rows() == []
    started = {copy["id"] for each in clouds for copy in each.replicas()}
    shutil.rmtree(stack.directory / ".replicas")
    for each in clouds:
        each.server.control.delete("faults")

    done = stack.up()

    assert done.code == 0, done.text
    assert {copy["id"] for each in clouds for copy in each.replicas()} == started
    assert {row["id"] for row in stack.rows()} == started
    assert stack.destroy().code == 0
    assert [copy for each in clouds for copy in each.replicas()] == []
