"""Makes the report of what was recorded. What is printed of a replica is what the tables of its kind declare."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic.alias_generators import to_camel

from components import kinds
from components.review import findings, geography
from components.review.findings import Finding, Situation
from components.review.policies import Policies, Severity
from components.review.replicas import Action, Change, Replica
from tools.review import properties, verdict
from tools.review import report as parts
from tools.review.cost import Prices, cost
from tools.review.events import Recorder
from tools.review.lines import ConfigLines
from tools.review.report import (
    SECRET,
    Cost,
    Edge,
    FoundProblem,
    Location,
    OtherChange,
    RegionPlace,
    ReplicaChange,
    Report,
)

PACK = "replicas"
"""Name of our own policy pack, whose rules are judged here as well."""

Sizes = Mapping[tuple[str, str], int]
"""Region and id of a thing in the cloud -> its size in GiB."""

EXPIRY_TOLERANCE = 3600.0
"""Seconds by which the cloud's clock and ours may disagree on an expiry."""

LONG = 5
"""Characters from which on a secret is looked for inside of other texts, too."""

_COLOR = re.compile(r"<\{%[^%]*%\}>")


@dataclass(frozen=True)
class Context:
    """What a report is made with, beside what was recorded.

    Attributes:
        project: Name of the project.
        stack: Name of the stack.
        engine: Version of the Pulumi CLI.
        policies: What the stack demands.
        prices: The table of prices.
        lines: The lines of the stack's config file.
        sizes: What is known of sizes.
        now: The moment of the report.
        secrets: Texts that must not be in it, wherever they turn up.
    """

    project: str
    stack: str
    engine: str
    policies: Policies
    prices: Prices
    lines: ConfigLines
    sizes: Sizes
    now: datetime
    secrets: Collection[str] = field(default=(), repr=False)


def build(recorded: Recorder, context: Context, *, mode: Literal["review", "drift"] = "review") -> Report:
    """Make the report."""
    changes = [_sized(change, context.sizes) for change in recorded.changes()]
    changed = [change for change in changes if change.action is not Action.SAME]
    today = context.now.astimezone(UTC).date()
    costs = _cost(changes, context, mode)
    monthly = {amount.currency: amount.at_most for amount in costs.monthly_after}
    situation = Situation(changes, context.policies, context.now.timestamp(), monthly)
    found = [_problem(finding, context) for finding in findings.find(situation, on=today)]
    found += _other_packs(recorded)
    made = Report(
        mode=mode,
        project=context.project,
        stack=context.stack,
        file=context.lines.file,
        made_at=context.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        engine=context.engine,
        verdict="",
        changes=[_shown(change, context, mode) for change in changed],
        unchanged=len(changes) - len(changed),
        findings=sorted(found, key=lambda each: [*Severity].index(each.severity)),
        cost=costs,
        edges=_edges(changes),
        regions=_regions(changes, situation),
        other=[OtherChange(action=action, type=type_, name=name) for action, type_, name in sorted(recorded.others())],
        problems=list(recorded.problems),
    )
    made = made.model_copy(update={"verdict": verdict.of(made, _cost(changed, context, mode))})
    return Report.model_validate(_without(context.secrets, made.model_dump())) if context.secrets else made


def _cost(changes: Sequence[Change], context: Context, mode: str) -> Cost:
    made = cost(changes, context.prices, today=context.now.astimezone(UTC).date())
    return made if mode == "review" else made.model_copy(update={"traffic_gib": 0, "traffic": []})  # nothing is copied


def _sized(change: Change, sizes: Sizes) -> Change:
    """Add the sizes: that of the copy in the cloud, else its source's, or what is declared where that is more."""

    def sized(one: Replica | None, known: int | None = None) -> Replica | None:
        if one is None:
            return None
        size = sizes.get((one.region, one.id)) or known or sizes.get((one.source_region, one.source_id))
        size = size or sizes.get((one.region, one.adopts)) or one.size_gib
        declared = one.value("size")
        if isinstance(declared, int):
            size = max(declared, size or 0)
        return replace(one, size_gib=size)

    before = sized(change.before)
    return replace(change, before=before, after=sized(change.after))


def _shown(change: Change, context: Context, mode: str) -> ReplicaChange:
    one, kind = change.replica, change.replica.of_kind
    existing = change.before or one
    expires = existing.expires(made=existing.created) if existing.created else None
    now = context.now.timestamp()
    is_gone = mode == "drift" and change.action is Action.DELETE
    return ReplicaChange(
        action=parts.Action(change.action.value),
        kind=one.kind,
        thing=kind.thing,
        entry=one.entry,
        name=one.name,
        urn=change.urn,
        source_region=one.source_region,
        source_id=properties.text(one.value("source_id")) or "",
        region=one.region,
        id=existing.id,
        adopts=one.adopts if change.action is Action.CREATE else "",
        size_gib=one.size_gib,
        deletes_first=change.deletes_first,
        retained=change.retained,
        failed=bool(change.failed or (change.after and change.after.failure)),
        expired=is_gone and expires is not None and expires <= now + EXPIRY_TOLERANCE,
        properties=list(properties.of(change)),
        where=_where(context, kind.section, one.entry, one.region),
    )


def _where(context: Context, section: str, entry: str, region: str = "", property_: str = "") -> Location | None:
    """Find where something of an entry is declared: by the region, else in the defaults, else as near as possible."""
    base = (f"replicas:{section}", entry)
    at_region: list[Sequence[str]] = [(*base, "destinations", region)] if region else []
    places: list[Sequence[str]] = []
    if property_.startswith("source_"):
        key = property_.removeprefix("source_")
        places = [(*base, "source", key), (*base, "source", "ids"), (*base, "source", "diskId"), (*base, "source")]
    elif property_:
        head, _, rest = property_.partition(".")
        path = [to_camel(head), *([rest] if rest else [])]
        places = [(*place, *path) for place in (*at_region, (*base, "defaults"), base)]
        places += [(*place, path[0]) for place in (*at_region, (*base, "defaults"))] if rest else []
    return context.lines.find(*places, *(at_region or [base]))


def _problem(finding: Finding, context: Context) -> FoundProblem:
    section = kinds.OF_NAME[finding.kind].section if finding.kind else ""
    if section:
        where = _where(context, section, finding.entry, finding.region, finding.property)
    else:
        where = context.lines.find(("replicas:policies", *filter(None, [to_camel(finding.property)])))
    return FoundProblem(
        rule=finding.rule.value,
        severity=finding.severity,
        message=finding.message,
        next_step=finding.next_step,
        kind=finding.kind,
        entry=finding.entry,
        region=finding.region,
        excepted=finding.excepted,
        where=where,
    )


def _other_packs(recorded: Recorder) -> Iterator[FoundProblem]:
    """Turn the violations that other policy packs report into findings."""
    for each in recorded.violations:
        if each.policy_pack_name == PACK:
            continue
        urn = str(each.resource_urn or "")
        name = urn.rpartition("::")[2]
        yield FoundProblem(
            rule=f"{each.policy_pack_name}/{each.policy_name}",
            severity=Severity.MANDATORY if each.enforcement_level == "mandatory" else Severity.WARNING,
            message=" ".join([f"{name}:" * bool(name), *_COLOR.sub("", each.message).split()]).strip(),
            next_step=f"see policy {each.policy_name} of the pack {each.policy_pack_name}",
        )


def _edges(changes: Sequence[Change]) -> list[Edge]:
    """Count what is done between each two regions."""
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    words = {
        Action.CREATE: "created",
        Action.UPDATE: "updated",
        Action.REPLACE: "replaced",
        Action.DELETE: "deleted",
        Action.SAME: "unchanged",
    }
    for change in changes:
        counts[change.replica.source_region, change.replica.region][words[change.action]] += 1
    return [Edge(source=source, region=region, **counts[source, region]) for source, region in sorted(counts)]


def _regions(changes: Iterable[Change], situation: Situation) -> list[RegionPlace]:
    names = {name for change in changes for name in (change.replica.source_region, change.replica.region)}
    return [_region(name, situation) for name in sorted(names)]


def _region(name: str, situation: Situation) -> RegionPlace:
    found = geography.place(name)
    latitude, longitude = found.at or (None, None)
    return RegionPlace(
        region=name,
        city=found.city,
        jurisdiction=situation.jurisdiction(name),
        continent=found.continent,
        latitude=latitude,
        longitude=longitude,
    )


def _without(secrets: Collection[str], value: Any) -> Any:
    """Put `[secret]` wherever a secret is: alone, or in a text if it is long enough to be no accident."""
    if isinstance(value, str):
        if value in secrets:
            return SECRET
        for secret in sorted(secrets, key=len, reverse=True):
            if len(secret) >= LONG:
                value = value.replace(secret, SECRET)
        return value
    if isinstance(value, dict):
        return {key: _without(secrets, inner) for key, inner in value.items()}
    return [_without(secrets, inner) for inner in value] if isinstance(value, list) else value
