"""What `components` offers, and what importing it costs a provider process."""

from __future__ import annotations

import subprocess
import sys

import pytest

import components


@pytest.mark.parametrize("name", components.__all__)
def test_public_names_are_there(name: str) -> None:
    assert getattr(components, name).__name__ in {name, name.removeprefix("Cbs")}


def test_second_name_of_a_component_is_the_same_component() -> None:
    assert components.CbsSnapshotReplica is components.SnapshotReplica


def test_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'DiskReplica'"):
        _ = components.DiskReplica  # type: ignore[attr-defined]  # what is tested


def test_a_provider_process_imports_no_native_sdk() -> None:
    ask = (
        "import sys; from components.providers import cvm_image, data_cache, image_settings, snapshot; "
        "loaded = {name.partition('.')[0] for name in sys.modules}; "
        "print(loaded & {'pulumi_alicloud', 'tencentcloud_iac_pulumi', 'pydantic'})"
    )
    asked = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)  # noqa: S603 - ours

    assert asked.stdout.strip() == "set()"
