"""What a repair records in place of secrets that only the killed run knew."""

from __future__ import annotations

from typing import Any

import pytest

from components.kinds import KINDS
from components.model.kind import Kind
from tools.runner import masks

ENCRYPTED = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}


def secret(value: str) -> dict[str, str]:
    return {**{key: each for key, each in ENCRYPTED.items() if key != "ciphertext"}, "plaintext": value}


@pytest.mark.parametrize("masked", ["[secret]", ENCRYPTED], ids=["whole", "encrypted"])
def test_mask_within_an_input_becomes_a_secret_in_its_place(masked: Any) -> None:
    inputs = {"tags": {"owner": masked, "team": "red"}, "list": [masked], "region": "cn-hangzhou"}

    assert masks.holds_one(inputs["tags"])
    assert not masks.holds_one(inputs["region"])
    assert masks.with_placeholders("some:type", inputs, ["tags", "list"]) == {
        "tags": {"owner": secret('"[secret]"'), "team": "red"},
        "list": [secret('"[secret]"')],
        "region": "cn-hangzhou",
    }


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "tags" in kind.settings], ids=lambda kind: kind.name)
def test_tags_that_are_masked_as_a_whole_become_an_empty_secret(kind: Kind) -> None:
    assert masks.with_placeholders(kind.type, {}, ["tags"]) == {"tags": secret("{}")}
