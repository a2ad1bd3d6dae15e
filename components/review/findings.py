"""What is found in a change: pure rules over replicas before and after. No engine, cloud or clock is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from components.review import geography
from components.review.policies import Policies, Rule, Severity
from components.review.replicas import Change, Replica


@dataclass(frozen=True)
class Finding:
    """What one rule has found.

    Attributes:
        rule: The rule.
        severity: What it weighs in this environment.
        message: What is the matter: one sentence.
        next_step: What to do about it.
        kind: Name of the replica's kind, "" where it is about the whole stack.
        entry: Name of the entry, "" as above.
        region: The replica's region, "" where it is about the whole entry.
        property: The property that is to blame, "" for the replica itself.
        excepted: Why the rule does not hold here, "" where it does.
    """

    rule: Rule
    severity: Severity
    message: str
    next_step: str
    kind: str = ""
    entry: str = ""
    region: str = ""
    property: str = ""
    excepted: str = ""


@dataclass(frozen=True)
class Situation:
    """What the rules look at.

    Attributes:
        changes: What is done to every replica of the stack; unchanged ones are part of it.
        policies: What the environment demands.
        now: When it is done (Unix seconds).
        monthly_cost: Currency -> what storage costs a month at most after the change.
    """

    changes: Sequence[Change]
    policies: Policies
    now: float
    monthly_cost: Mapping[str, float] = field(default_factory=dict)

    @property
    def before(self) -> Iterator[Replica]:
        """The replicas that are recorded."""
        return (change.before for change in self.changes if change.before)

    @property
    def after(self) -> Iterator[Replica]:
        """The replicas that are declared."""
        return (change.after for change in self.changes if change.after)

    @property
    def kept(self) -> Iterator[Replica]:
        """The replicas that are in the cloud afterwards: declared ones, and those that the engine only forgets."""
        return (change.replica for change in self.changes if change.after or change.retained)

    def jurisdiction(self, region: str) -> str:
        """Return whose law holds in a region."""
        return self.policies.jurisdictions.get(region) or geography.place(region).jurisdiction


RULES: tuple[Callable[[Situation], Iterator[Finding]], ...] = ()

MEANINGS: Mapping[Rule, str] = {}


def find(situation: Situation, *, on: date | None = None) -> list[Finding]:
    """Return all findings, heaviest first, none twice.

    Args:
        situation: What is looked at.
        on: The day on which exceptions are judged. Default: today.
    """
    del on
    return list(dict.fromkeys(finding for rule in RULES for finding in rule(situation)))
