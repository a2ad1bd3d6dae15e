"""The changes that golden reports are made of: one stack of all kinds, and what people do to it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from pulumi.output import UNKNOWN, Unknown
from typing_extensions import override

from components import kinds
from components.replica import catalog, settings
from components.review.policies import Policies
from components.review.replicas import Action, Change, Replica
from tools.review import cost
from tools.review.build import Context, build
from tools.review.events import Recorder
from tools.review.lines import ConfigLines
from tools.review.report import Report

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
DAY = 86400.0

WEIGHTS = "edc-2ze0000000000weights1"
WEB = "m-bp100000000000golden1"
ORDERS = "snap-orders01"

CONFIG = """\
config:
  replicas:dataCaches:
    llm-weights:
      source: {region: cn-beijing, id: edc-2ze0000000000weights1}
      defaults:
        path: /models/llm/v1
        tags: {team: inference}
      destinations:
        cn-hangzhou: {retentionDays: 30}
        cn-shanghai: {retentionDays: 30}
  replicas:images:
    golden-web:
      source: {region: cn-hangzhou, id: m-bp100000000000golden1}
      defaults:
        tags: {team: web}
      destinations:
        cn-qingdao: {encrypted: true}
        ap-southeast-1: {encrypted: true}
  replicas:snapshots:
    orders-disk:
      source: {region: ap-guangzhou, id: snap-orders01}
      destinations:
        ap-shanghai: {}
        ap-singapore: {}
"""
"""The config of the stack as it is recorded."""

SIZES: dict[tuple[str, str], int] = {
    ("cn-beijing", WEIGHTS): 320,
    ("cn-hangzhou", WEB): 40,
    ("ap-guangzhou", ORDERS): 100,
    ("ap-guangzhou", "snap-orders02"): 120,
}


class Played(Recorder):
    """A recorder of what a scenario says."""

    def __init__(self, changes: Iterable[Change], others: Iterable[tuple[str, str, str]] = (), *, drift: bool = False):
        super().__init__(drift=drift)
        self._changes = list(changes)
        self._others = list(others)

    @override
    def changes(self) -> list[Change]:
        return self._changes

    @override
    def others(self) -> Iterator[tuple[str, str, str]]:
        yield from self._others


def replica(
    entry: str,
    region: str,
    kind: str,
    source_region: str,
    source_id: str | Unknown,
    id_: str = "",
    **properties: Any,
) -> Replica:
    """A replica as it is recorded; without an id, as it is declared."""
    return Replica(
        kind=kind,
        entry=entry,
        name=f"{entry}-{region}",
        id=id_,
        properties={
            "source_region": source_region,
            "source_id": source_id,
            "region": region,
            "name": f"{entry}-{region}",
            **properties,
        },
        created=NOW.timestamp() - 3 * DAY if id_ else 0.0,
    )


weights = partial(
    replica,
    "llm-weights",
    kind="data_cache",
    source_region="cn-beijing",
    source_id=WEIGHTS,
    bucket="default",
    path="/models/llm/v1",
    tags={"team": "inference"},
    retention_days=30,
)
web = partial(
    replica,
    "golden-web",
    kind="image",
    source_region="cn-hangzhou",
    source_id=WEB,
    tags={"team": "web"},
    encrypted=True,
)
orders = partial(
    replica, "orders-disk", kind="snapshot", source_region="ap-guangzhou", source_id=ORDERS, is_permanent=True
)


def recorded() -> dict[str, Replica]:
    """The stack as it is recorded, by name."""
    there = [
        weights("cn-hangzhou", id_="edc-bp10000000000000001"),
        weights("cn-shanghai", id_="edc-uf60000000000000002"),
        web("cn-qingdao", id_="m-m5e000000000000001"),
        web("ap-southeast-1", id_="m-t4n000000000000002"),
        orders("ap-shanghai", id_="snap-sh000001"),
        orders("ap-singapore", id_="snap-sg000002"),
    ]
    return {one.name: one for one in there}


def urn(it: Replica) -> str:
    kind = kinds.OF_NAME[it.kind]
    return f"urn:pulumi:prod::replicas::replicas:index:{kind.component_name}${kind.type}::{it.name}"


def same(it: Replica) -> Change:
    return Change(Action.SAME, it, it, urn=urn(it))


def created(it: Replica) -> Change:
    return Change(Action.CREATE, None, it, urn=urn(it))


def deleted(it: Replica, **more: Any) -> Change:
    return Change(Action.DELETE, it, None, urn=urn(it), **more)


def differing(before: Replica, after: Replica) -> tuple[str, ...]:
    names = dict.fromkeys([*before.properties, *after.properties])
    return tuple(name for name in names if before.value(name) != after.value(name))


def updated(before: Replica, after: Replica, **more: Any) -> Change:
    after = replace(after, id=before.id, created=before.created)
    return Change(Action.UPDATE, before, after, properties=differing(before, after), urn=urn(after), **more)


def replaced(before: Replica, after: Replica, **more: Any) -> Change:
    return Change(Action.REPLACE, before, after, properties=differing(before, after), urn=urn(after), **more)


def unchanged(*but: str) -> list[Change]:
    """What is recorded, as it is, but for these."""
    return [same(it) for name, it in recorded().items() if name not in but]


def report(
    changes: Iterable[Change],
    config: str = CONFIG,
    policies: Mapping[str, Any] | None = None,
    others: Iterable[tuple[str, str, str]] = (),
    recorder: Recorder | None = None,
    sizes: Mapping[tuple[str, str], int] | None = None,
    secrets: Iterable[str] = (),
    mode: Any = "review",
) -> Report:
    """Make a report as the command does."""
    in_order = sorted(changes, key=lambda each: (each.replica.kind, each.replica.entry, each.replica.region))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "stacks" / "Pulumi.prod.yaml"
        path.parent.mkdir()
        path.write_text(config)
        context = Context(
            project="replicas",
            stack="prod",
            engine="3.256.0",
            policies=Policies.model_validate(policies or {}),
            prices=cost.read(),
            lines=lines_of(path),
            sizes=SIZES if sizes is None else sizes,
            now=NOW,
            secrets=tuple(secrets),
        )
        return build(recorder or Played(in_order, others, drift=mode == "drift"), context, mode=mode)


def lines_of(path: Path) -> ConfigLines:
    """The lines of a stack's config file."""
    try:
        config: Any = yaml.safe_load(path.read_text())["config"]
        values = settings.parsed(
            {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
        )
    except (OSError, TypeError, KeyError, AttributeError, yaml.YAMLError):
        values = {}
    directory = path.parent.parent
    stack = path.name.removeprefix("Pulumi.").removesuffix(".yaml")
    return ConfigLines(catalog.declared(values, catalog.StackFiles(directory, stack)), directory)


def _config(*edits: tuple[str, str]) -> str:
    """The config after edits of it."""
    text = CONFIG
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return text


def add_a_region() -> Report:
    config = _config(("        ap-singapore: {}\n", "        ap-singapore: {}\n        eu-frankfurt: {}\n"))
    return report([*unchanged(), created(orders("eu-frankfurt"))], config)


def rotate_a_source() -> Report:
    config = _config(("snap-orders01", "snap-orders02"))
    names = ("orders-disk-ap-shanghai", "orders-disk-ap-singapore")
    there = recorded()
    rotated = [replaced(there[name], orders(there[name].region, source_id="snap-orders02")) for name in names]
    return report([*unchanged(*names), *rotated], config)


def remove_the_last_replica() -> Report:
    config = _config(("        cn-qingdao: {encrypted: true}\n        ap-southeast-1: {encrypted: true}\n", ""))
    config = config.replace(
        "        tags: {team: web}\n      destinations:\n", "        tags: {team: web}\n      destinations: {}\n"
    )
    names = ("golden-web-cn-qingdao", "golden-web-ap-southeast-1")
    there = recorded()
    return report([*unchanged(*names), *(deleted(there[name]) for name in names)], config)


def break_a_mandatory_policy() -> Report:
    policies = {"regions": {"forbidden": ["ap-southeast-1"]}, "requiredTags": ["team", "owner"]}
    written = "  replicas:policies:\n    regions: {forbidden: [ap-southeast-1]}\n    requiredTags: [team, owner]\n"
    config = _config(
        ("config:\n", f"config:\n{written}"),
        (
            "        cn-hangzhou: {retentionDays: 30}\n",
            "        ap-southeast-1: {retentionDays: 30}\n        cn-hangzhou: {retentionDays: 30}\n",
        ),
        ("team: inference", "team: inference, owner: ml"),
    )
    names = ("golden-web-ap-southeast-1", "golden-web-cn-qingdao", "llm-weights-cn-hangzhou", "llm-weights-cn-shanghai")
    there = recorded()
    tags = {"team": "inference", "owner": "ml"}
    return report(
        [
            *unchanged(*names[2:]),
            *(updated(there[name], replace(weights(there[name].region, tags=tags))) for name in names[2:]),
            created(weights("ap-southeast-1", tags=tags)),
        ],
        config,
        policies,
    )


def move_data_out_of_a_jurisdiction() -> Report:
    policies = {"residency": {"CN": ["SG"]}, "severity": {"last-abroad": "warning"}}
    config = _config(
        ("config:\n", "config:\n  replicas:policies:\n    residency: {CN: [SG]}\n"),
        ("        ap-singapore: {}\n", "        eu-frankfurt: {}\n"),
    )
    there = recorded()["orders-disk-ap-singapore"]
    return report([*unchanged(there.name), deleted(there), created(orders("eu-frankfurt"))], config, policies)


def adopt() -> Report:
    id_ = "edc-wz90000000byhand01"
    config = _config(
        (
            "        cn-shanghai: {retentionDays: 30}\n",
            (
                "        cn-shanghai: {retentionDays: 30}\n"
                f"        cn-shenzhen: {{retentionDays: 30, existingId: {id_}}}\n"
            ),
        )
    )
    return report([*unchanged(), created(weights("cn-shenzhen", existing_id=id_))], config)


def nothing_changed() -> Report:
    return report(unchanged())


def everything() -> Report:
    """All that a report may show, at once."""
    there = recorded()
    names = [*there]
    before, image = there["llm-weights-cn-hangzhou"], there["golden-web-cn-qingdao"]
    changes = [
        updated(before, weights("cn-hangzhou", retention_days=60, tags={"team": "inference", "tier": "gold"})),
        replaced(there["llm-weights-cn-shanghai"], weights("cn-shanghai", path="/models/llm/v2")),
        replaced(image, web("cn-qingdao", encrypted=None), deletes_first=True),
        deleted(there["golden-web-ap-southeast-1"]),
        deleted(there["orders-disk-ap-shanghai"], retained=True),
        replaced(replace(there["orders-disk-ap-singapore"], failure="the snapshot failed"), orders("ap-singapore")),
        created(orders("ap-tokyo", source_id=UNKNOWN)),
        created(weights("cn-shenzhen", existing_id="edc-wz90000000byhand01")),
    ]
    del names
    others = [("create", "tencentcloud:Cbs/snapshot:Snapshot", "orders-source")]
    return report(changes, others=others)


def drifted() -> Report:
    """What a refresh finds: changed by hand, vanished, expired, failed."""
    there = recorded()
    before = there["llm-weights-cn-hangzhou"]
    expired = replace(there["llm-weights-cn-shanghai"], created=NOW.timestamp() - 31 * DAY)
    dead = there["orders-disk-ap-singapore"]
    by_hand = weights("cn-hangzhou", retention_days=60, tags={"x": "y"})
    failed = Change(Action.REPLACE, dead, replace(dead, failure="the cloud says: ABNORMAL"), urn=urn(dead))
    changes = [updated(before, by_hand), deleted(expired), deleted(there["golden-web-cn-qingdao"]), failed]
    return report([*unchanged(*(each.replica.name for each in changes)), *changes], mode="drift")


def large(entries: int = 30, regions: int = 10, policies: Mapping[str, Any] | None = None) -> Report:
    """300 replicas of which 40 change: 10 added, 10 updated, 10 replaced, 10 deleted."""
    places = [f"cn-region-{number}" for number in range(regions)]
    changes = []
    for entry in range(entries):
        for place in places:
            it = replica(
                f"entry-{entry:03}",
                place,
                "data_cache",
                "cn-beijing",
                f"edc-source{entry:03}",
                f"edc-{entry:03}{place}",
            )
            it = replace(it, size_gib=20)
            changes.append(same(it))
    for index in range(40):
        at = index * (len(changes) // 40)
        it = changes[at].replica
        made = replace(it, id="", properties={**it.properties, "path": f"/v{index}", "source_id": f"edc-new{index}"})
        changes[at] = (created(made), updated(it, made), replaced(it, made), deleted(it))[index % 4]
    return report(changes, policies=policies, sizes={})


SCENARIOS: Mapping[str, Callable[[], Report]] = {
    scenario.__name__.replace("_", "-"): scenario
    for scenario in (
        add_a_region,
        rotate_a_source,
        remove_the_last_replica,
        break_a_mandatory_policy,
        move_data_out_of_a_jurisdiction,
        adopt,
        nothing_changed,
        everything,
        drifted,
    )
}
"""Name of the golden files -> what makes the report."""
