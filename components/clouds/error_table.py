"""What error codes mean to a person: the table of a service, and the rules that the tables of all services share.

A code that no table lists is judged by what it looks like and by its HTTP status, never guessed to be harmless.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from components.clouds import errors
from components.clouds.errors import Rule

_AGAIN = "run the same command again; the request was retried until its time limit"

SHARED: Mapping[str, Rule] = {
    "fix": Rule(errors.InvalidInput, "correct the input that the message names"),
    "dry-run": Rule(errors.InvalidInput, "nothing was done: the request was marked as a dry run; send it without"),
    "region": Rule(errors.InvalidInput, "check the spelling of the region's id"),
    "endpoint": Rule(errors.InvalidInput, "check that the endpoint is one of this service"),
    "gone": Rule(errors.NotFound, "check the id and its region; if it was deleted, run `pulumi refresh`"),
    "busy": Rule(errors.NotReady, "wait until the other operation has ended, then run the same command again"),
    "grant": Rule(
        errors.PermissionDenied,
        "ask the account's administrator to grant this user or role the actions that docs/ lists for this kind",
    ),
    "too-many": Rule(errors.Throttled, _AGAIN),
    "fault": Rule(errors.Unavailable, _AGAIN),
}
"""Name -> rule, for what codes of all services mean."""


def read_codes(path: Path, known: Mapping[str, Rule]) -> tuple[dict[str, Rule], dict[str, Rule]]:
    """Read a table of error codes.

    Args:
        path: A TOML file: `[rules]` (name -> class and next step) for what several codes mean, and `[codes]` (code ->
            the name of a rule, or class and next step of its own).
        known: Rules that it may name.

    Returns:
        Every rule by its name, and every code with its rule.

    Raises:
        KeyError: A code names a rule that does not exist.
        AttributeError: A class is not one of `components.clouds.errors`.
    """
    file = tomllib.loads(path.read_text(encoding="utf-8"))
    own = {name: Rule(getattr(errors, kind), step) for name, (kind, step) in file.get("rules", {}).items()}
    rules = {**known, **own}
    codes = {
        code: rules[entry] if isinstance(entry, str) else Rule(getattr(errors, entry[0]), entry[1])
        for code, entry in file["codes"].items()
    }
    return rules, codes


@dataclass(frozen=True)
class ErrorTable:
    """The error codes of one service.

    Attributes:
        title: The service's name in messages: `ECI`.
        rules: Code -> how it is treated.
        patterns: Regular expression -> the same, for codes that are not listed; the first that matches the beginning
            of the code, a line break and the message.
        statuses: HTTP status -> the same, where no pattern matches; 500 stands for all faults of the cloud.
        otherwise: For everything else.
    """

    title: str
    rules: dict[str, Rule]
    patterns: Sequence[tuple[str, Rule]] = ()
    statuses: Mapping[int, Rule] = field(default_factory=dict)
    otherwise: Rule = SHARED["fix"]

    def rule(self, code: str, status: int = 0, message: str = "") -> Rule:
        """Find how to treat an error.

        Args:
            code: Its code.
            status: The answer's HTTP status, 0 where it says nothing.
            message: Its message.
        """
        if listed := self.rules.get(code):
            return listed
        text = f"{code}\n{message}"
        matching = (rule for pattern, rule in self.patterns if re.match(pattern, text))
        return next(matching, None) or self.statuses.get(min(status, 500), self.otherwise)
