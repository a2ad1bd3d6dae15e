"""The report: what a change does to replicas, in one versioned file that everything else is rendered from.

It holds no secret: values come from an allow-list of properties, and what may be secret arrives as `SECRET`. Texts are
those of users and clouds, so what renders them escapes them. A new field has a default; anything else that readers
would notice is another version.
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import override

from components.review.policies import Severity

SECRET = "[secret]"  # noqa: S105 - stands for one
"""The value is a secret."""

NOT_KNOWN = "[known after up]"
"""The value is made by the run that is reviewed."""

UNDECLARED = "[not shown]"
"""The value is of a part that no table of fields declares, so it may be anything."""

NOT_SET = "not set"
"""What people read where there is no value."""

FAILED = "the copy failed"
"""Why a replica is replaced of which no property differs."""


class Action(Enum):
    """What is done to a replica; in a report of drift, what was done to it."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


SIGNS: Mapping[Action, str] = {Action.CREATE: "+", Action.UPDATE: "~", Action.REPLACE: "±", Action.DELETE: "−"}  # noqa: RUF001 - as wide as the plus
"""Action -> the sign that stands for it where there is no room for a word."""

PAST: Mapping[str, Mapping[Action, str]] = {
    "review": {
        Action.CREATE: "added",
        Action.UPDATE: "updated",
        Action.REPLACE: "replaced",
        Action.DELETE: "deleted",
    },
    "drift": {
        Action.CREATE: "found",
        Action.UPDATE: "changed outside the stack",
        Action.REPLACE: "failed",
        Action.DELETE: "gone",
    },
}
"""Mode of a report -> action -> what has become of a replica, in words."""


class Part(BaseModel):
    """A part of the report; unknown keys are those of another version."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Location(Part):
    """A line of a file, as pipelines show it."""

    file: str = Field(description="path below the root of the repository, with forward slashes")
    line: int = Field(ge=1, description="counted from 1")


class PropertyChange(Part):
    """One property that differs; null is not set."""

    name: str = Field(description="as in the stack config: `retentionDays`, `tags.team`")
    old: str | None
    new: str | None
    replaces: bool = Field(default=False, description="it is why the replica is replaced")


class ReplicaChange(Part):
    """What is done to one replica."""

    action: Action
    kind: str = Field(description="name of the kind, as in `components/kinds.py`")
    thing: str = Field(description="what messages call one of its kind")
    entry: str = Field(description="the entry of the stack config, or the component's name")
    name: str = Field(description="name of the resource")
    urn: str
    source_region: str
    source_id: str
    region: str
    id: str = Field(default="", description="id in the cloud, empty while there is none")
    adopts: str = Field(default="", description="id of the existing thing that is taken over instead of copied")
    size_gib: int | None = Field(default=None, description="at most that much; null where nothing says it")
    deletes_first: bool = Field(default=False, description="the old one is deleted before the new one is usable")
    retained: bool = Field(default=False, description="it leaves the stack and stays in the cloud")
    failed: bool = Field(default=False, description="the copy that is recorded has failed")
    expired: bool = Field(default=False, description="it is gone since its time was over; in a report of drift only")
    properties: list[PropertyChange] = []
    where: Location | None = None


class FoundProblem(Part):
    """A finding of a rule, ours or a policy pack's."""

    rule: str = Field(description="id of the rule: `last-replica`")
    severity: Severity
    message: str
    next_step: str
    kind: str = ""
    entry: str = ""
    region: str = ""
    excepted: str = Field(default="", description="the reason of the exception that makes a note of it")
    where: Location | None = Field(default=None, description="where it is declared; null where nothing declares it")


class Amount(Part):
    """Money in one currency; currencies are never converted."""

    currency: str
    at_most: float
    without_price: int = Field(default=0, description="replicas of that account site that are not in it")


class Cost(Part):
    """What the replicas store and what copying them moves; money only where a dated price is known."""

    traffic_gib: int = Field(default=0, description="copied once, by this change")
    stored_gib_before: int = 0
    stored_gib_after: int = 0
    unknown_sizes_before: int = Field(default=0, description="replicas that are in no figure of before")
    unknown_sizes: int = Field(default=0, description="replicas that are in no figure of after")
    traffic: list[Amount] = []
    monthly_before: list[Amount] = []
    monthly_after: list[Amount] = []
    prices_as_of: str = Field(default="", description="date of the oldest price in the figures; may be `undated`")
    prices_are_old: bool = False


class Edge(Part):
    """What is copied from one region to another, as counts of replicas."""

    source: str
    region: str
    created: int = 0
    updated: int = 0
    replaced: int = 0
    deleted: int = 0
    unchanged: int = 0


class RegionPlace(Part):
    """Where a region is on the earth, and whose law holds there."""

    region: str
    city: str
    jurisdiction: str
    continent: str
    latitude: float | None = None
    longitude: float | None = None


class OtherChange(Part):
    """A change of a resource that is no replica."""

    action: str = Field(description="create, update, replace or delete")
    type: str
    name: str


class Report(Part):
    """What a change does to the replicas of one stack (`review`), or what was done to them (`drift`)."""

    version: Literal["1"] = "1"
    mode: Literal["review", "drift"]
    project: str
    stack: str
    file: str = Field(description="config file of the stack, below the root of the repository")
    made_at: str = Field(description="time of ISO 8601, in UTC")
    engine: str = Field(description="version of the Pulumi CLI")
    verdict: str = Field(description="the whole in one line")
    changes: list[ReplicaChange]
    unchanged: int = Field(description="replicas that stay as they are")
    findings: list[FoundProblem] = Field(description="heaviest first")
    cost: Cost
    edges: list[Edge]
    regions: list[RegionPlace] = Field(description="all that edges name")
    other: list[OtherChange] = []
    problems: list[str] = Field(default=[], description="why the engine failed: then the report is not complete")

    def done(self, action: Action) -> list[ReplicaChange]:
        """Return the changes of one sort, in their order."""
        return [change for change in self.changes if change.action is action]

    @property
    def past(self) -> Mapping[Action, str]:
        """Action -> what has become of a replica, in words."""
        return PAST[self.mode]

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not (self.changes or self.other)

    @property
    def exit_code(self) -> int:
        """0 without changes, 2 with changes, 3 with a mandatory finding, 1 where the engine failed."""
        if any(found.severity is Severity.MANDATORY for found in self.findings):
            return 3
        if self.problems:
            return 1
        return 0 if self.is_empty else 2

    def place(self, finding: FoundProblem) -> Location:
        """Return where a finding is shown: at the top of the stack's file if no line declares it."""
        return finding.where or Location(file=self.file, line=1)

    def fingerprints(self) -> list[str]:
        """Return one text per finding that differs from the others and stays the same from run to run.

        Messages are not in it: they hold ages and sums.
        """
        seen: Counter[str] = Counter()
        made = []
        for found in self.findings:
            about = "\0".join((self.project, self.stack, found.rule, found.kind, found.entry, found.region))
            seen[about] += 1
            made.append(hashlib.sha256(f"{about}\0{seen[about]}".encode()).hexdigest())
        return made


class _WithoutTitles(GenerateJsonSchema):
    """Leaves out the titles that repeat the names."""

    @override
    def field_title_should_be_set(self, _schema: Any) -> bool:
        return False


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of report.json."""
    made = Report.model_json_schema(mode="serialization", schema_generator=_WithoutTitles)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def printable(text: str) -> str:
    """Return a text as one line that a terminal or a log can show: control and format characters are spaces."""
    clean = "".join(" " if unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else each for each in text)
    return " ".join(clean.split())
