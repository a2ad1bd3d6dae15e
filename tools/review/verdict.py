"""The verdict: the whole report in one line."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from components.review.policies import Rule, Severity
from tools.review.phrases import counted
from tools.review.report import Action, Cost, Report

_IN_ORDER = (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE)
_IN_VERDICT: Mapping[Rule, str] = {
    Rule.LAST_REPLICA: "the last replica of {} goes",
    Rule.LAST_ABROAD: "the last replica abroad of {} goes",
    Rule.LEAVES_JURISDICTION: "data of {} leaves its jurisdiction",
    Rule.DELETES_FIRST: "{} without a replica meanwhile",
}
"""Rules that the verdict names entries of."""


def of(made: Report, changed: Cost) -> str:
    """Say the whole in one line: what is done, what is bad about it, what it costs.

    Args:
        made: The report, which has no verdict yet.
        changed: The cost of the replicas that change.
    """
    return "; ".join(_parts(made, changed))


def _parts(made: Report, changed: Cost) -> Iterator[str]:
    if made.problems:
        yield f"the {'refresh' if made.mode == 'drift' else 'preview'} failed, so this report is not complete"
    if mandatory := sum(found.severity is Severity.MANDATORY for found in made.findings):
        yield f"{counted(mandatory, 'mandatory finding')}"
    yield from _done(made)
    for rule, words in _IN_VERDICT.items():
        entries = [found.entry for found in made.findings if found.rule == rule.value and not found.excepted]
        if entries:
            yield words.format(_listed(list(dict.fromkeys(entries))))
    if made.mode == "review":
        yield from _money(changed)


def _done(made: Report) -> Iterator[str]:
    if made.is_empty:
        if not made.problems:
            yield "no drift" if made.mode == "drift" else "nothing changes"
        if made.unchanged:
            yield f"{counted(made.unchanged, 'replica')} {'as recorded' if made.mode == 'drift' else 'unchanged'}"
        return
    counts = [(len(made.done(each)), made.past[each]) for each in _IN_ORDER]
    if adopted := sum(bool(change.adopts) for change in made.changes):
        counts = [(counts[0][0] - adopted, counts[0][1]), (adopted, "taken over"), *counts[1:]]
    if expired := sum(change.expired for change in made.changes):
        counts = [*counts[:-1], (counts[-1][0] - expired, counts[-1][1]), (expired, "expired")]
    if retained := sum(change.retained for change in made.changes):
        counts = [(number - retained * (word == made.past[Action.DELETE]), word) for number, word in counts]
        counts.append((retained, "no longer managed"))
    said = [(number, word) for number, word in counts if number]
    if said:
        first, *rest = said
        yield ", ".join([f"{counted(first[0], 'replica')} {first[1]}", *(f"{number} {word}" for number, word in rest)])
    others = Counter(made.past[Action(other.action)] for other in made.other)
    if others:
        first_word, *more = others
        first_said = f"{counted(others[first_word], 'other resource')} {first_word}"
        yield ", ".join([first_said, *(f"{others[word]} {word}" for word in more)])


def _money(changed: Cost) -> Iterator[str]:
    """Say what a month costs more, or less, in the currencies that most of the changed replicas have a price in."""
    before = {each.currency: each for each in changed.monthly_before}
    after = {each.currency: each for each in changed.monthly_after}
    unknown_size = max(changed.unknown_sizes, changed.unknown_sizes_before)
    if not (before or after):
        if unknown_size or changed.stored_gib_before != changed.stored_gib_after:
            yield "price unknown"
        return
    missing = {
        currency: max(each.without_price for each in (before.get(currency), after.get(currency)) if each)
        for currency in before.keys() | after.keys()
    }
    least = min(missing.values())
    said = []
    for currency in sorted(currency for currency, number in missing.items() if number == least):
        amounts = [each.at_most if each else 0.0 for each in (before.get(currency), after.get(currency))]
        if difference := round(amounts[1] - amounts[0], 2):
            more = "more" if difference > 0 else "less"
            said.append(f"{currency} {abs(difference):,.2f} {more}")
    without = least + unknown_size
    if said:
        price = f", price of {counted(without, 'replica')} unknown" if without else ""
        yield f"at most {' or '.join(said)} a month{price}"
    elif without:
        yield f"price of {counted(without, 'replica')} unknown"


def _listed(names: Sequence[str]) -> str:
    """Name two, and count the others."""
    if len(names) <= 2:
        return " and ".join(names)
    return f"{names[0]}, {names[1]} and {len(names) - 2} more"
