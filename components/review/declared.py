"""What is found in declared replicas, before anything is registered: the same rules, without what is recorded."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from components.model.kind import Kind
from components.review.findings import Finding, Situation, find
from components.review.policies import JUDGED_AFTER, Policies
from components.review.replicas import Action, Change, Replica

Declared = tuple[Kind, str, Iterable[Mapping[str, Any]]]
"""Kind and name of an entry, and the properties of its replicas by the names of the kind's tables."""


def findings(declared: Iterable[Declared], policies: Policies) -> list[Finding]:
    """Return what is found in what is declared; whether it is there already is not known here."""
    situation = Situation([*_unchanged(declared)], policies, datetime.now(UTC).timestamp())
    return [finding for finding in find(situation) if finding.rule in JUDGED_AFTER]


def _unchanged(declared: Iterable[Declared]) -> Iterator[Change]:
    for kind, entry, replicas in declared:
        for properties in replicas:
            replica = Replica(kind.name, entry, f"{entry}-{properties['region']}", properties=properties)
            yield Change(Action.SAME, None, replica)
