"""Who waits until a replica is usable, and who does not."""

import shlex
import subprocess
import sys

from tests.engine.harness import CHECKOUT, Cloud, Stack, replica

PROGRAM = """
    import pulumi
    from components import DataCacheReplica
    from components.replica.settings import load, raw_config
    from probe import Probe
    replica = DataCacheReplica("weights", load(raw_config()).entries["dataCaches"]["weights"].args())
    Probe("after-ready", opts=pulumi.ResourceOptions(depends_on=[replica.ready]))
    Probe("after-region", uses=replica.regions["cn-hangzhou"].id)
    Probe("after-region-ready", opts=pulumi.ResourceOptions(depends_on=[replica.regions["cn-hangzhou"].ready]))
    Probe("after-all", uses=replica.ids)
    Probe("at-once", uses=replica.regions["cn-hangzhou"].resource.id)
    Probe("after-component", opts=pulumi.ResourceOptions(depends_on=[replica]))
    pulumi.export("hangzhou", replica.regions["cn-hangzhou"].id)
    """


def test_dependents_wait(stack: Stack, cloud: Cloud) -> None:
    cloud.settings(copy_seconds=3, regions={"cn-shanghai": {"copy_seconds": 6}})
    stack.program(PROGRAM)
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")})

    done = stack.up()

    assert done.code == 0, done.text
    created = stack.probes()
    started = created["at-once"]
    waited = {label: at - started for label, at in created.items()}
    assert max(waited["after-component"], waited["at-once"]) < 2
    assert 2 < waited["after-region"] < 5
    assert 2 < waited["after-region-ready"] < 5
    assert waited["after-ready"] > 5
    assert waited["after-all"] > 5


def test_unchanged_preview_shows_no_dependent(stack: Stack, cloud: Cloud) -> None:
    stack.program(PROGRAM)
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")})
    stack.up()
    cloud.forget_calls()

    done = stack.preview("--no-refresh")

    assert set(done.resources) == {"unchanged"}
    assert "Probe" not in done.text
    assert "Outputs" not in done.text
    assert cloud.server.control.get("calls") == []


def test_component_can_be_exported(stack: Stack, cloud: Cloud) -> None:
    stack.program(PROGRAM.rstrip() + '\n    pulumi.export("component", replica)\n')
    stack.config({"weights": replica("cn-hangzhou")})

    done = stack.up()

    assert done.code == 0, done.text
    exported = stack.state()["resources"][0]["outputs"]["component"]
    assert exported["ids"] == {"cn-hangzhou": cloud.replicas()[0]["id"]}


def test_added_region_touches_no_dependent_of_another(stack: Stack) -> None:
    stack.program(PROGRAM.replace('Probe("after-all", uses=replica.ids)', "").replace("[replica.ready]", "[]"))
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")})
    stack.up()
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai", "cn-shenzhen")})

    previewed = stack.preview()

    assert previewed.resources["to create"] == 1
    assert set(previewed.resources) == {"to create", "unchanged"}
    assert "Probe" not in previewed.text


def test_chained_replica_of_a_failed_one_ends_the_run(stack: Stack, cloud: Cloud) -> None:
    """A replica whose source is another replica is not waited for once that one failed."""
    stack.program(
        """
        from components import DataCacheReplica
        from components.replica.settings import load, raw_config
        first = DataCacheReplica("first", load(raw_config()).entries["dataCaches"]["weights"].args())
        DataCacheReplica("second", {
            "source": {"region": "cn-hangzhou", "id": first.regions["cn-hangzhou"].id},
            "destinations": {"cn-shenzhen": {}},
        })
        """
    )
    cloud.fault("copy_fails")
    stack.config({"weights": replica("cn-hangzhou")})

    done = stack.up()

    assert done.code != 0
    reported = "1 could not be started: what they depend on is missing (second to cn-shenzhen)"
    assert any(reported in error for error in done.errors)
    healed = stack.up()
    assert healed.code == 0, healed.text
    assert [copy["status"] for copy in cloud.replicas()] == ["Available", "Available"]


def test_preview_whose_reader_goes_away_ends_with_the_engines_code(stack: Stack) -> None:
    """Without standard input, in an encoding that lacks the names' letters."""
    stack.config({"模型权重": replica("cn-hangzhou")})
    stack.plain("stack", "init", "test")
    words = [sys.executable, "-m", "tools.runner", "--cwd", str(stack.directory), "preview", "test"]
    command = f"{shlex.join(words)} --expect-no-changes <&-"

    ended = subprocess.run(  # noqa: S603 - this checkout's runner
        ["/bin/bash", "-c", f"({command}; echo code $? >&2) | head -1"],
        cwd=CHECKOUT,
        env={**stack.environment, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=120,
        check=False,
    )

    assert ended.stdout.splitlines() == [b"Previewing update (test):"]
    *_, refused, code = ended.stderr.decode().splitlines()
    assert "changes" in refused
    assert code == "code 7"


def test_one_call_per_region_and_look(stack: Stack, cloud: Cloud) -> None:
    cloud.settings(copy_seconds=3)
    names = [f"set-{number}" for number in range(8)]
    stack.config({name: replica("cn-hangzhou", "cn-shanghai", path=f"/{name}") for name in names})

    done = stack.up()

    assert done.code == 0, done.text
    looks = [call for call in cloud.calls("DescribeDataCaches") if call["region"] == "cn-hangzhou"]
    assert len(looks) <= 8


def test_dependency_of_the_component_that_fails_cuts_no_wait(stack: Stack, cloud: Cloud) -> None:
    cloud.settings(copy_seconds=3)
    cloud.fault("error", code="QuotaExceeded", status=403, params={"DestinationRegionId": "cn-shenzhen"})
    stack.program(
        """
        import pulumi
        from components import DataCacheReplica
        from components.replica.settings import load, raw_config
        declared = load(raw_config()).entries["dataCaches"]
        DataCacheReplica("good", declared["good"].args())
        bad = DataCacheReplica("bad", declared["bad"].args())
        after = pulumi.ResourceOptions(depends_on=[bad.regions["cn-shenzhen"].resource])
        DataCacheReplica("after", declared["after"].args(), after)
        """
    )
    entries = {"good": "cn-hangzhou", "bad": "cn-shenzhen", "after": "cn-shanghai"}
    stack.config({name: replica(region) for name, region in entries.items()})

    done = stack.up()

    assert done.code != 0
    assert any("good-cn-hangzhou" in line and "usable after" in line for line in done.text.splitlines())
    assert any(error.startswith("2 of 3 replicas are not usable") for error in done.errors), done.errors
    assert "Traceback" not in done.text
