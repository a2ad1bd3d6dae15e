"""What the rules look at, and what they return."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from components.review import geography
from components.review.policies import DEFAULTS, Policies, Rule, Severity
from components.review.replicas import Action, Change, Replica

MAKES = frozenset({Action.CREATE, Action.REPLACE})
"""What makes a new copy."""


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

    def is_news(self, change: Change, rule: Rule) -> bool:
        """Report whether a change is worth a finding that an unchanged replica is worth only where it is mandatory."""
        return change.action in MAKES or self.policies.weight(rule) is Severity.MANDATORY


def of_replica(replica: Replica, rule: Rule, message: str, next_step: str, property_: str = "") -> Finding:
    """Make a finding about one replica."""
    return Finding(rule, DEFAULTS[rule], message, next_step, replica.kind, replica.entry, replica.region, property_)


def of_entry(replica: Replica, rule: Rule, message: str, next_step: str, property_: str = "") -> Finding:
    """Make a finding about the whole entry that a replica belongs to."""
    return Finding(rule, DEFAULTS[rule], message, next_step, replica.kind, replica.entry, property=property_)


def by_entry(replicas: Iterable[Replica]) -> dict[tuple[str, str], list[Replica]]:
    """Group replicas by kind and entry."""
    groups: defaultdict[tuple[str, str], list[Replica]] = defaultdict(list)
    for replica in replicas:
        groups[replica.kind, replica.entry].append(replica)
    return groups


def label(replica: Replica) -> str:
    """Return how messages call a replica."""
    return f"{replica.entry} in {replica.region}"


def source_name(replica: Replica) -> str:
    """Return how messages call the source of a replica."""
    return f"{replica.source_id or 'the source'} in {replica.source_region}"


def listed(texts: Iterable[str]) -> str:
    """Return texts as a list in a sentence, in their order, none twice."""
    *most, last = dict.fromkeys(texts)
    return f"{', '.join(most)} and {last}" if most else last
