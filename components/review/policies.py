"""What an environment demands of its replicas: `replicas:policies` of a stack's config, and what each rule weighs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from components.clouds.errors import ReplicaError, one_line
from components.model import durations
from components.replica.stack_config import Section
from components.review.replicas import DAY


class Rule(Enum):
    """What can be found; the values are public: stack config and pipelines name them."""

    LAST_REPLICA = "last-replica"
    LAST_ABROAD = "last-abroad"
    DELETES_FIRST = "deletes-first"
    REGION = "region"
    RESIDENCY = "residency"
    LEAVES_JURISDICTION = "leaves-jurisdiction"
    NO_ENCRYPTION = "no-encryption"
    UNENCRYPTED = "unencrypted"
    FOREIGN_KEY = "foreign-key"
    NO_EXPIRY = "no-expiry"
    EXPIRY_BOUNDS = "expiry-bounds"
    EXPIRES_SOON = "expires-soon"
    TOO_OLD = "too-old"
    TAGS = "tags"
    FAN_OUT = "fan-out"
    COPIED_TWICE = "copied-twice"
    ADOPTS = "adopts"
    ADOPTED = "adopted"
    OVER_BUDGET = "over-budget"


class Severity(Enum):
    """What a finding weighs: a mandatory one stops `preview` and `up`."""

    MANDATORY = "mandatory"
    WARNING = "warning"
    NOTE = "note"


DEFAULTS: Mapping[Rule, Severity] = {
    Rule.LAST_REPLICA: Severity.WARNING,
    Rule.LAST_ABROAD: Severity.WARNING,
    Rule.DELETES_FIRST: Severity.WARNING,
    Rule.REGION: Severity.MANDATORY,
    Rule.RESIDENCY: Severity.MANDATORY,
    Rule.LEAVES_JURISDICTION: Severity.NOTE,
    Rule.NO_ENCRYPTION: Severity.MANDATORY,
    Rule.UNENCRYPTED: Severity.WARNING,
    Rule.FOREIGN_KEY: Severity.WARNING,
    Rule.NO_EXPIRY: Severity.MANDATORY,
    Rule.EXPIRY_BOUNDS: Severity.MANDATORY,
    Rule.EXPIRES_SOON: Severity.WARNING,
    Rule.TOO_OLD: Severity.WARNING,
    Rule.TAGS: Severity.MANDATORY,
    Rule.FAN_OUT: Severity.MANDATORY,
    Rule.COPIED_TWICE: Severity.WARNING,
    Rule.ADOPTS: Severity.NOTE,
    Rule.ADOPTED: Severity.WARNING,
    Rule.OVER_BUDGET: Severity.MANDATORY,
}
"""What a rule weighs where `severity` says nothing: what a stack demands is mandatory."""

JUDGED_AFTER = (
    Rule.REGION,
    Rule.RESIDENCY,
    Rule.LEAVES_JURISDICTION,
    Rule.NO_ENCRYPTION,
    Rule.UNENCRYPTED,
    Rule.FOREIGN_KEY,
    Rule.NO_EXPIRY,
    Rule.EXPIRY_BOUNDS,
    Rule.TAGS,
    Rule.FAN_OUT,
    Rule.COPIED_TWICE,
    Rule.ADOPTS,
)
"""The rules that need nothing but what is declared: those that the program judges before it registers anything."""

JUDGED_AS_RECORDED = (*JUDGED_AFTER, Rule.EXPIRES_SOON, Rule.TOO_OLD)
"""The rules that need what is recorded, too, and no change: those of the policy pack. It never sees a deletion."""

_DAYS = re.compile(r"([1-9][0-9]{0,4})d")


def today() -> date:
    """Return the day on which exceptions are judged, in UTC."""
    return datetime.now(UTC).date()


def _date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date such as '2027-01-31'") from None
    return text


def age(text: str) -> float:
    """Turn an age such as `30d` or `12h` into seconds.

    Raises:
        ValueError: It is neither days nor a duration.
    """
    if days := _DAYS.fullmatch(text.strip()):
        return int(days[1]) * DAY
    try:
        return durations.seconds(text)
    except ValueError:
        raise ValueError(f"{text!r} is not an age such as 30d or 12h") from None


def _age(text: str) -> str:
    age(text)
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _currency(text: str) -> str:
    if not re.fullmatch("[A-Z]{3}", text):
        raise ValueError(f"{text!r} is not a currency such as CNY")
    return text


Text = Annotated[str, AfterValidator(_not_blank)]
Currency = Annotated[str, AfterValidator(_currency)]
Date = Annotated[str, AfterValidator(_date)]
Weight = Annotated[Severity, Field(strict=False)]
Named = Annotated[Rule, Field(strict=False)]


class Regions(Section):
    """Where replicas may be."""

    allowed: list[str] | None = Field(default=None, description="Regions that replicas may be in. Default: all.")
    forbidden: list[str] = Field(default=[], description="Regions that no replica may be in.")


class Expiry(Section):
    """How long replicas are to live: retention days or a deadline, for the kinds that have one."""

    required: bool = Field(default=False, description="Each replica has retention days or a deadline.")
    min_days: int | None = Field(default=None, ge=1, description="A replica lives for at least so many days.")
    max_days: int | None = Field(default=None, ge=1, description="A replica lives for at most so many days.")
    notice_days: int = Field(
        default=7, ge=0, description="A replica that the cloud deletes within so many days is reported. Default: 7."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_days and self.max_days and self.min_days > self.max_days:
            raise ValueError(f"minDays {self.min_days} is more than maxDays {self.max_days}")
        return self


class Budget(Section):
    """What the replicas of the stack may cost."""

    currency: Currency = Field(description="Currency, such as CNY: one that prices are in.")
    per_month: float = Field(ge=0, description="What storage may cost a month at most.")


class PolicyException(Section):
    """One rule that does not hold for one entry until a day."""

    rule: Named = Field(description="The rule.")
    entry: Text = Field(description="Name of the entry.")
    region: str | None = Field(default=None, description="The region of the replica. Default: all regions.")
    reason: Text = Field(description="Why; it is shown with the finding.")
    until: Date = Field(description="Last day on which it holds (UTC), such as '2027-01-31'.")

    def covers(self, rule: Rule, entry: str, region: str) -> bool:
        """Report whether a finding is of this exception's rule, entry and region."""
        return self.rule is rule and self.entry == entry and self.region in {None, region}

    def holds(self, on: date) -> bool:
        """Report whether it has not ended yet."""
        return on <= date.fromisoformat(self.until)


class Policies(Section):
    """What the environment demands of its replicas."""

    regions: Regions = Field(default=Regions(), description="Where replicas may be.")
    residency: dict[str, list[str]] = Field(
        default={},
        description="Jurisdiction of a source -> the other jurisdictions that its replicas may be in ('*' for any).",
    )
    jurisdictions: dict[str, str] = Field(
        default={}, description="Region -> jurisdiction, where the table of regions is wrong or has none."
    )
    encryption: bool = Field(default=False, description="Each replica of a kind that can be encrypted is.")
    encrypted_sources: list[str] = Field(
        default=[], description="Ids of sources that are encrypted, which stack config does not show."
    )
    expiry: Expiry = Field(default=Expiry(), description="How long replicas live.")
    required_tags: list[str] = Field(default=[], description="Tags that each replica of a kind with tags has.")
    max_regions: int | None = Field(default=None, ge=1, description="Regions that one entry may be copied to.")
    max_age: Annotated[str, AfterValidator(_age)] | None = Field(
        default=None, description="How old the newest replica of an entry may be in a region, such as 30d."
    )
    budget: Budget | None = Field(default=None, description="What the replicas may cost.")
    severity: dict[str, Weight] = Field(
        default={}, description="Rule -> mandatory, warning or note, where the default does not suit."
    )
    exceptions: list[PolicyException] = Field(default=[], description="Where a rule does not hold for a while.")

    @model_validator(mode="after")
    def _known_rules(self) -> Self:
        known = {rule.value for rule in Rule}
        if unknown := sorted(self.severity.keys() - known):
            raise ValueError(f"severity: no rule is called {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        return self

    def weight(self, rule: Rule) -> Severity:
        """Return what a finding of a rule weighs in this environment."""
        return self.severity.get(rule.value, DEFAULTS[rule])

    def exceptions_of(self, rule: Rule, entry: str, region: str) -> list[PolicyException]:
        """Return the exceptions that are about a finding, ended ones included."""
        return [each for each in self.exceptions if each.covers(rule, entry, region)]


class PoliciesUnusable(ReplicaError):
    """What a stack's config demands of its replicas cannot be read."""


def parse(written: Any, where: str) -> Policies:
    """Read policies as stack config has them, outside of the program, which reports every mistake of its own config.

    Args:
        written: The value of `replicas:policies`; None where there is none.
        where: Where it stands, for people.

    Raises:
        PoliciesUnusable: It breaks a rule; the message has the first one.
    """
    try:
        return Policies.model_validate({} if written is None else written)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(["replicas:policies", *map(str, first["loc"])])
        reason = first["msg"].removeprefix("Value error, ")
        raise PoliciesUnusable(one_line(f"{where}: {path}: {reason}"), "correct it") from None
