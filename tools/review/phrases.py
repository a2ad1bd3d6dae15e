"""The words of a report that people read, whatever it is rendered as. Nothing here is escaped."""

from collections.abc import Iterator, Mapping, Sequence

from tools.review.report import FAILED, NOT_SET, PAST, SIGNS, Action, Amount, Cost, Edge, ReplicaChange, Report

TITLES: Mapping[Action, str] = {
    Action.DELETE: "Deleted",
    Action.REPLACE: "Replaced",
    Action.CREATE: "Added",
    Action.UPDATE: "Updated",
}
DRIFTED: Mapping[Action, str] = {
    Action.DELETE: "Gone",
    Action.REPLACE: "Failed",
    Action.CREATE: "Found",
    Action.UPDATE: "Changed outside the stack",
}


def title(report: Report, action: Action) -> str:
    """Return the heading of the changes of one sort."""
    return (DRIFTED if report.mode == "drift" else TITLES)[action]


def counted(number: int, thing: str) -> str:
    """Write a number of things: `1 replica`, `2 replicas`, `2 copies`."""
    if number == 1:
        return f"1 {thing}"
    return f"{number:,} {thing[:-1]}ies" if thing.endswith("py") else f"{number:,} {thing}s"


def value(text: str | None) -> str:
    """Write a value of a property."""
    return NOT_SET if text is None else text


def size(change: ReplicaChange) -> str:
    """Write how big a replica is."""
    return "size unknown" if change.size_gib is None else f"{change.size_gib:,} GiB"


def recorded(change: ReplicaChange) -> str:
    """Say which thing in the cloud is meant: `DataCache edc-1, 20 GiB`."""
    named = f"{change.thing} {change.id}" if change.id else change.thing
    return f"{named}, {size(change)}"


def reasons(change: ReplicaChange) -> Iterator[str]:
    """Say why, and how, a replica is deleted or replaced, beside the properties that do so."""
    if change.action is Action.REPLACE and change.failed:
        yield FAILED
    elif change.action is Action.REPLACE and not any(each.replaces for each in change.properties):
        yield "it was asked for, or the cloud cannot change it in place"
    if change.deletes_first:
        yield "the old one is deleted before the new one is usable"
    if change.retained:
        yield "it leaves the stack and stays in the cloud, where it is billed"
    if change.expired:
        yield "its time was over"
    if change.adopts:
        yield f"takes over {change.adopts}, which is not copied, and which a destroy deletes"


def edge(it: Edge, past: Mapping[Action, str] = PAST["review"]) -> str:
    """Write what is done between two regions: `1 added, 2 unchanged`.

    Args:
        it: The two regions.
        past: The words for it, which are those of the report: `report.past`.
    """
    counts = {
        Action.DELETE: it.deleted,
        Action.REPLACE: it.replaced,
        Action.CREATE: it.created,
        Action.UPDATE: it.updated,
    }
    done = tuple((number, past[action]) for action, number in counts.items())
    return ", ".join(f"{number} {word}" for number, word in (*done, (it.unchanged, "unchanged")) if number)


def signs(it: Edge) -> str:
    """Write the same where there is little room: `+1 =2`."""
    done = (
        (SIGNS[Action.DELETE], it.deleted),
        (SIGNS[Action.REPLACE], it.replaced),
        (SIGNS[Action.CREATE], it.created),
        (SIGNS[Action.UPDATE], it.updated),
        ("=", it.unchanged),
    )
    return " ".join(f"{sign}{number}" for sign, number in done if number)


def costs(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what is stored and copied, each with what it costs: a label and a text."""
    cost = report.cost
    if cost.stored_gib_before or cost.unknown_sizes_before:
        before = _gib(cost.stored_gib_before, cost.unknown_sizes_before)
        yield "Stored before", f"{before}; {_amounts(cost.monthly_before, ' a month')}"
    if cost.stored_gib_after or cost.unknown_sizes or not cost.stored_gib_before:
        after = _gib(cost.stored_gib_after, cost.unknown_sizes)
        yield "Stored after", f"{after}; {_amounts(cost.monthly_after, ' a month')}"
    else:
        yield "Stored after", "nothing"
    if report.mode == "review":
        copied = [each for each in report.changes if _is_copied(each)]
        unknown = sum(each.size_gib is None for each in copied)
        traffic = f"{_gib(cost.traffic_gib, unknown)}; {_amounts(cost.traffic)}" if copied else "nothing"
        yield "Copied once", traffic
    if dated := _dated(cost):
        yield "Prices", dated


def footer(report: Report) -> str:
    """Say what the report was made of."""
    return f"{report.project}/{report.stack}, {report.made_at}, Pulumi {report.engine}"


def _is_copied(change: ReplicaChange) -> bool:
    return change.action in {Action.CREATE, Action.REPLACE} and not change.adopts


def _gib(gib: int, unknown: int = 0) -> str:
    """Write a sum of sizes, and how many replicas are not in it."""
    if not unknown:
        return f"at most {gib:,} GiB"
    missing = f"size of {counted(unknown, 'replica')} unknown"
    return f"at most {gib:,} GiB, and the {missing}" if gib else missing


def _amounts(amounts: Sequence[Amount], per: str = "") -> str:
    """Write sums of money, each with how many replicas it leaves out."""
    if not amounts:
        return "price unknown"
    return ", or ".join(f"at most {money(each)}{per}{_without(each)}" for each in amounts)


def money(amount: Amount) -> str:
    """Write a sum of money: `CNY 118.20`."""
    return f"{amount.currency} {amount.at_most:,.2f}"


def _without(amount: Amount) -> str:
    number = amount.without_price
    return f", without {counted(number, 'replica')} whose price is unknown" if number else ""


def _dated(cost: Cost) -> str:
    """Say how old the prices are."""
    if not cost.prices_as_of:
        return ""
    if cost.prices_as_of == "undated":
        return "from pages without a date: check them before you rely on them"
    old = ": older than 180 days, check them before you rely on them" if cost.prices_are_old else ""
    return f"as of {cost.prices_as_of}{old}"
