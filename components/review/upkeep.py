"""Rules about how long replicas live, what they are called by, how many there are, and what they cost."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from pydantic.alias_generators import to_camel

from components.review.policies import Expiry, Rule, age
from components.review.replicas import DAY, Change, Replica
from components.review.situation import (
    MAKES,
    Finding,
    Situation,
    by_entry,
    label,
    listed,
    of_entry,
    of_replica,
    source_name,
)

RETENTION, DEADLINE, TAGS = "retention_days", "deadline", "tags"


def _expiry(situation: Situation) -> Iterator[Finding]:
    demanded = situation.policies.expiry
    for change in situation.changes:
        replica = change.after
        if not replica or not (name := _how_it_expires(replica)) or replica.is_unknown(name):
            continue
        if replica.value(name) is None:
            yield from _of_no_expiry(replica, name, demanded)
        else:
            yield from _of_bounds(replica, name, _days(change, situation.now), demanded)


def _of_no_expiry(replica: Replica, name: str, demanded: Expiry) -> Iterator[Finding]:
    if demanded.required:
        message = f"{label(replica)} never expires, and the policies demand that it does"
        yield of_replica(replica, Rule.NO_EXPIRY, message, f"set {to_camel(name)}", name)
    elif demanded.max_days:
        message = f"{label(replica)} never expires; the policies allow {demanded.max_days} days"
        yield of_replica(replica, Rule.EXPIRY_BOUNDS, message, f"set {to_camel(name)}", name)


def _of_bounds(replica: Replica, name: str, days: tuple[float, bool] | None, demanded: Expiry) -> Iterator[Finding]:
    if days is None:
        return
    lives, is_whole = days
    if demanded.max_days and lives > demanded.max_days:
        bound = f"{demanded.max_days} days at most"
    elif demanded.min_days and is_whole and lives < demanded.min_days:
        bound = f"{demanded.min_days} days at least"
    else:
        return
    message = f"{label(replica)} lives for {lives:.0f} days; the policies want {bound}"
    yield of_replica(replica, Rule.EXPIRY_BOUNDS, message, f"change {to_camel(name)}", name)


def _days(change: Change, now: float) -> tuple[float, bool] | None:
    """Return for how many days a replica lives, and whether these are all of them; None where that is not known.

    A deadline says nothing of the days that a replica has behind it, where nobody recorded when it was made.
    """
    replica = change.replica
    if isinstance(days := replica.value(RETENTION), int | float):
        return float(days), True
    is_new = change.action in MAKES
    made = now if is_new else replica.created or now
    expires = replica.expires(made=made)
    return None if expires is None else (_rounded((expires - made) / DAY), is_new or bool(replica.created))


def _rounded(days: float) -> float:
    """Forgive an hour: a deadline is written before it is sent."""
    return round(days) if abs(days - round(days)) < 1 / 24 else days


def _expires_soon(situation: Situation) -> Iterator[Finding]:
    for change in situation.changes:
        replica = change.after
        if not replica or change.action in MAKES:
            continue
        if isinstance(days := replica.value(RETENTION), int | float) and not replica.created:
            continue  # since when they count is not known
        expires = replica.expires(made=situation.now)
        notice: float = situation.policies.expiry.notice_days
        if isinstance(days, int | float):
            notice = min(notice, days / 2)  # a short life is no news
        if expires is None or expires - situation.now > notice * DAY:
            continue
        day = datetime.fromtimestamp(expires, UTC).date()
        is_over = expires <= situation.now
        message = (
            f"{label(replica)}: the cloud {'deleted' if is_over else 'deletes'} it on {day}, and the stack keeps it"
        )
        name = _how_it_expires(replica)
        next_step = f"extend {to_camel(name)}, or remove the region from the entry"
        yield of_replica(replica, Rule.EXPIRES_SOON, message, next_step, name)


def _too_old(situation: Situation) -> Iterator[Finding]:
    if not situation.policies.max_age:
        return
    limit = age(situation.policies.max_age)
    groups: defaultdict[tuple[str, str, str], list[Change]] = defaultdict(list)
    for change in situation.changes:
        if change.after:
            groups[change.after.kind, change.after.entry, change.after.region].append(change)
    for changes in groups.values():
        made = [change.replica.created for change in changes]
        if any(change.action in MAKES for change in changes) or not all(made):
            continue  # it is new, or how old it is is not known
        newest = max(changes, key=lambda change: change.replica.created).replica
        old = situation.now - newest.created
        if old > limit:
            message = (
                f"{label(newest)}: the newest replica is {old / DAY:.0f} days old, {situation.policies.max_age} at most"
            )
            yield of_replica(
                newest, Rule.TOO_OLD, message, "make a new source and copy it: change source.id or add to ids"
            )


def _tags(situation: Situation) -> Iterator[Finding]:
    for replica in situation.after:
        if TAGS not in replica.of_kind.settings or replica.is_unknown(TAGS):
            continue
        tags = replica.value(TAGS)
        given = tags if isinstance(tags, Mapping) else {}
        if missing := [tag for tag in situation.policies.required_tags if tag not in given]:
            many = "s" * (len(missing) > 1)
            message = f"{label(replica)} lacks the tag{many} {listed(missing)}"
            yield of_replica(replica, Rule.TAGS, message, f"add the tag{many} to the entry's defaults", TAGS)


def _fan_out(situation: Situation) -> Iterator[Finding]:
    limit = situation.policies.max_regions
    for replicas in by_entry(situation.after).values():
        regions = {replica.region for replica in replicas}
        if limit and len(regions) > limit:
            message = f"{replicas[0].entry} is copied to {len(regions)} regions, {limit} at most"
            yield of_entry(replicas[0], Rule.FAN_OUT, message, "remove regions, or raise maxRegions of the policies")


def _copied_twice(situation: Situation) -> Iterator[Finding]:
    first: dict[tuple[str, str, str, str], Replica] = {}
    for replica in situation.after:
        if not replica.source_id:
            continue
        other = first.setdefault((replica.kind, replica.source_region, replica.source_id, replica.region), replica)
        if other.entry != replica.entry:
            message = f"{label(replica)}: {source_name(replica)} is copied there by {other.entry}, too"
            yield of_replica(replica, Rule.COPIED_TWICE, message, "remove the region from one of both entries")


def _over_budget(situation: Situation) -> Iterator[Finding]:
    if not (budget := situation.policies.budget):
        return
    cost = situation.monthly_cost.get(budget.currency, 0.0)
    if cost > budget.per_month:
        limit = f"{budget.currency} {budget.per_month:,.2f}"
        message = f"the replicas cost at most {budget.currency} {cost:,.2f} a month, the budget is {limit}"
        yield Finding(
            Rule.OVER_BUDGET,
            situation.policies.weight(Rule.OVER_BUDGET),
            message,
            "remove replicas, let them expire, or raise budget.perMonth of the policies",
            property="budget",
        )


def _how_it_expires(replica: Replica) -> str:
    """Return the setting by which a replica of its kind expires, "" where there is none."""
    return next((name for name in (RETENTION, DEADLINE) if name in replica.of_kind.settings), "")


RULES = (_expiry, _expires_soon, _too_old, _tags, _fan_out, _copied_twice, _over_budget)
