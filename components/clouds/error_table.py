"""What error codes mean to a person: the table of a service, and the rules that the tables of all services share.

A code that no table lists is judged by what it looks like and by its HTTP status, never guessed to be harmless.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.clouds.errors import InvalidInput, NotFound, NotReady, PermissionDenied, Rule, Throttled, Unavailable

_AGAIN = "run the same command again; the request was retried until its time limit"

FIX = Rule(InvalidInput, "correct the input that the message names")
DRY_RUN = Rule(InvalidInput, "nothing was done: the request was marked as a dry run; send it without")
REGION = Rule(InvalidInput, "check the spelling of the region's id")
ENDPOINT = Rule(InvalidInput, "check that the endpoint is one of this service")
GONE = Rule(NotFound, "check the id and its region; if it was deleted, run `pulumi refresh`")
BUSY = Rule(NotReady, "wait until the other operation has ended, then run the same command again")
GRANT = Rule(
    PermissionDenied,
    "ask the account's administrator to grant this user or role the actions that docs/ lists for this kind",
)
TOO_MANY = Rule(Throttled, _AGAIN)
FAULT = Rule(Unavailable, _AGAIN)


@dataclass(frozen=True)
class ErrorTable:
    """The error codes of one service.

    Attributes:
        title: The service's name in messages: `ECI`.
        rules: Code -> how it is treated.
        patterns: Regular expression -> the same, for codes that are not listed; the first that matches the beginning
            of `<code> <message>`.
        statuses: HTTP status -> the same, where no pattern matches; 500 stands for all faults of the cloud.
        otherwise: For everything else.
    """

    title: str
    rules: dict[str, Rule]
    patterns: Sequence[tuple[str, Rule]] = ()
    statuses: Mapping[int, Rule] = field(default_factory=dict)
    otherwise: Rule = FIX

    def rule(self, code: str, status: int = 0, message: str = "") -> Rule:
        """Find how to treat an error.

        Args:
            code: Its code.
            status: The answer's HTTP status, 0 where it says nothing.
            message: Its message.
        """
        if listed := self.rules.get(code):
            return listed
        text = f"{code} {message}"
        matching = (rule for pattern, rule in self.patterns if re.match(pattern, text))
        return next(matching, None) or self.statuses.get(min(status, 500), self.otherwise)
