"""The one list of services: what the server, the inventory and the seeds take from it."""

import pytest

from components import kinds
from sandbox.core.control_client import ControlClient, ControlError
from sandbox.plugins.stand_ins import resources_of
from sandbox.services import NATIVE_RESOURCES, SERVICES


def test_names_are_unique_in_a_cloud() -> None:
    names = [(service.vendor, service.name) for service in SERVICES]

    assert len(set(names)) == len(names)


def test_every_kind_has_its_service_and_its_stand_ins() -> None:
    """Production code has a list of kinds of its own: the sandbox must not fall behind it."""
    assert kinds.SERVICES.keys() <= {service.name for service in SERVICES}
    tokens = {type_ for kind in kinds.KINDS for type_ in (kind.type, *kind.sources)}
    native = {token for token in tokens if not token.startswith("pulumi-python:")}
    assert native == {each.TOKEN for plugin in NATIVE_RESOURCES for each in resources_of(plugin)}


def test_inventory_lists_every_service(control: ControlClient) -> None:
    inventory = control.get("inventory")

    names = list(dict.fromkeys(service.name for service in SERVICES))
    assert list(inventory)[: len(names)] == names
    assert "ecs_snapshots" in inventory


def test_seed_takes_the_sections_of_every_service(control: ControlClient) -> None:
    counts = control.post("seed", {})

    sections = {"data_caches", "images", "kms_keys", "resource_groups", "network_parts"}
    sections |= {"snapshots", "disks", "disk_snapshots", "ecs_disks", "cvm_images", "cvm_instances"}
    assert counts == dict.fromkeys({"accounts", *sections}, 0)


def test_seed_with_a_section_that_no_service_has_is_refused(control: ControlClient) -> None:
    with pytest.raises(ControlError, match="volumes: Extra inputs are not permitted"):
        control.post("seed", {"volumes": []})


def test_reset_empties_every_table_and_restarts_the_counters(control: ControlClient) -> None:
    control.post("faults", {"kind": "throttle"})
    control.post("faults", {"kind": "throttle"})

    control.post("reset")

    assert control.get("inventory") == {name: {} for name in control.get("inventory")}
    assert control.post("faults", {"kind": "throttle"})[0]["id"] == 1
