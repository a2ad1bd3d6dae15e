"""Secrets of stack config: every text that may be one is kept secret, and what cannot be one is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.kinds import KINDS
from components.model.kind import Kind
from components.replica import settings
from components.replica.secret_texts import hidden, refused
from components.replica.settings import InvalidConfig, load
from tests.replica.fakes import mocked, run

OWNER = "canaryOwner"
ENCRYPTED = {"secure": "v1:abc"}
WITH_TAGS = [kind for kind in KINDS if "tags" in kind.settings]


@pytest.mark.parametrize("kind", WITH_TAGS, ids=lambda kind: kind.name)
def test_tags_are_secret_each_by_itself(kind: Kind) -> None:
    found: dict[str, Any] = {}
    with mocked():  # an output belongs to a program
        run(lambda: found.update(hidden(kind.settings, {"tags": {"owner": OWNER, "team": "red"}})))

    assert found["tags"].keys() == {"owner", "team"}
    assert all(isinstance(value, pulumi.Output) for value in found["tags"].values())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_says_which_copy_it_is_stays_readable(kind: Kind) -> None:
    shown = {name: "text" for name in ("name", "bucket", "path", "existing_id") if name in kind.settings}

    assert hidden(kind.settings, shown) == shown


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_numbers_and_switches_are_not_made_secret(kind: Kind) -> None:
    plain = {name: True for name, field in kind.settings.items() if field.type in {int, bool}}

    assert hidden(kind.settings, plain) == plain


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    "entry",
    [
        ENCRYPTED,
        {"source": ENCRYPTED},
        {"source": {"region": ENCRYPTED}},
        {"source": {"ids": ["a", ENCRYPTED]}},
        {"destinations": ENCRYPTED},
        {"destinations": {"r": ENCRYPTED}},
        {"destinations": {"r": {"name": ENCRYPTED}}},
        {"destinations": {"r": {"unheardOf": {"deep": ENCRYPTED}}}},
        {"defaults": {"name": ENCRYPTED}},
        {"readyTimeout": ENCRYPTED},
    ],
    ids=json.dumps,
)
def test_secret_that_cannot_be_kept_is_refused_with_its_path(kind: Kind, entry: Any) -> None:
    found = list(refused({"x": entry}, kind, "replicas:section"))

    assert len(found) == 1
    assert found[0][0].startswith("replicas:section.x")


@pytest.mark.parametrize("kind", WITH_TAGS, ids=lambda kind: kind.name)
def test_secret_tag_is_accepted_and_secret_tags_as_a_whole_are_not(kind: Kind) -> None:
    def of(tags: Any) -> list[str]:
        entry = {"defaults": {"tags": tags}, "destinations": {"r": {"tags": tags}}}
        return [path for path, _ in refused({"x": entry}, kind, "s")]

    assert of({"owner": ENCRYPTED}) == []
    assert of(ENCRYPTED) == ["s.x.defaults.tags", "s.x.destinations.r.tags"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_refusal_names_file_and_line_and_never_the_secret(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "is_config_secret", lambda key: key == f"replicas:{kind.section}")
    source = {"region": OWNER, "id": "x"}
    written = {"config": {f"replicas:{kind.section}": {"web": {"source": {**source, "region": ENCRYPTED}}}}}
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.s.yaml").write_text(yaml.safe_dump(written))
    config = {f"replicas:{kind.section}": json.dumps({"web": {"source": source, "destinations": {OWNER: {}}}})}

    with pytest.raises(InvalidConfig) as refusal:
        load(config, directory=tmp_path, stack="s")

    assert f"stacks/Pulumi.s.yaml:6: replicas:{kind.section}.web.source.region: cannot be a secret" in str(
        refusal.value
    )
    assert OWNER not in str(refusal.value)


@pytest.mark.parametrize("kind", WITH_TAGS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("tags", [{"owner": 4711}, {"acs:" + "x" * 200: OWNER}, {"owner": OWNER * 30}], ids=len)
def test_no_reason_quotes_the_value_of_a_tag(kind: Kind, tags: Any) -> None:
    reasons = [found.reason for found in kind.settings["tags"].violations(tags)]

    assert reasons
    assert not any(OWNER in reason or "4711" in reason for reason in reasons)
