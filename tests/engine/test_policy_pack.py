"""The policy pack on the real engine, as plain `pulumi` takes it, and as the runner gives it."""

from __future__ import annotations

from tests.engine.harness import CHECKOUT, Cloud, Stack

PROGRAM = """
    from components import DataCacheReplica

    source = {"region": "cn-beijing", "id": "edc-2zetestsource0000001"}
    for name in ("first", "weights"):
        DataCacheReplica(name, {"source": source, "destinations": {"cn-hangzhou": {}, "cn-shanghai": {}}})
"""
"""One that does not read the stack config: nothing but the pack judges it."""


def test_a_mandatory_violation_stops_plain_pulumi(stack: Stack, cloud: Cloud) -> None:
    (stack.directory / "policy").symlink_to(CHECKOUT / "policy")
    stack.program(PROGRAM)
    stack.config(policies={"regions": {"allowed": ["cn-hangzhou", "cn-shanghai"]}})
    stack.plain("stack", "init", "test")
    for pack in ("policy", "policy/run"):
        x = stack.plain("preview", "--policy-pack", pack)
        print(x.code, x.text)
    stack.config(policies={"regions": {"allowed": ["cn-hangzhou"]}})
    for pack in ("policy", "policy/run"):
        x = stack.plain("preview", "--policy-pack", pack)
        print(x.code, x.text)
    raise AssertionError
