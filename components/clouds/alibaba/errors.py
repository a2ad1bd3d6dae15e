"""What the codes mean that Alibaba Cloud's API gateway answers to any call, and how a code that nobody lists is judged.

A service's own codes are in its own table, which is built on this one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from components.clouds.errors import (
    CredentialsExpired,
    InvalidInput,
    NotFound,
    NotReady,
    PermissionDenied,
    QuotaReached,
    Rule,
    Throttled,
    Unavailable,
)

KEYS = "check ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or the profile in use"
TOKEN = "get a new STS token, then run the same command again"  # noqa: S105 - advice, not a secret
GRANT = "ask the account's administrator to grant this user or role the actions that docs/ lists for this kind"
SUPPORT = "open a ticket with Alibaba Cloud: the account is not admitted to this feature"
AGAIN = "run the same command again; the request was retried with the same token until patience ran out"
FIX = "correct the input that the message names"
QUOTA = "raise the quota in Quota Center, or remove replicas from this region"
REGION = "check the spelling of the region's id"
ENDPOINT = "check that the endpoint is one of this service"

GATEWAY: dict[str, Rule] = {
    "InvalidAccessKeyId.NotFound": Rule(PermissionDenied, KEYS),
    "InvalidAccessKeyId.Inactive": Rule(PermissionDenied, KEYS),
    "InvalidAccessKeyId": Rule(PermissionDenied, KEYS),
    "SignatureDoesNotMatch": Rule(PermissionDenied, KEYS),
    "IncompleteSignature": Rule(PermissionDenied, KEYS),
    "MissingAccessKeyId": Rule(PermissionDenied, KEYS),
    "InvalidTimeStamp.Expired": Rule(PermissionDenied, "set this machine's clock (NTP): it is off by over 15 minutes"),
    "SignatureNonceUsed": Rule(Unavailable, AGAIN),
    "InvalidSecurityToken.Expired": Rule(CredentialsExpired, TOKEN),
    "SecurityTokenExpired": Rule(CredentialsExpired, TOKEN),
    "InvalidSecurityToken.Malformed": Rule(PermissionDenied, TOKEN),
    "InvalidSecurityToken.MismatchWithAccessKey": Rule(PermissionDenied, TOKEN),
    "MissingSecurityToken": Rule(PermissionDenied, TOKEN),
    "Forbidden.RAM": Rule(PermissionDenied, GRANT),
    "Throttling": Rule(Throttled, AGAIN),
    "Throttling.User": Rule(Throttled, AGAIN),
    "Throttling.Api": Rule(Throttled, AGAIN),
    "ServiceUnavailable": Rule(Unavailable, AGAIN),
    "LastTokenProcessing": Rule(Unavailable, AGAIN),
    "IdempotentProcessing": Rule(Unavailable, AGAIN),
    "OperationConflict": Rule(NotReady, "wait until the other operation has ended, then run the same command again"),
    "InternalError": Rule(Unavailable, AGAIN),
    "IdempotentParameterMismatch": Rule(InvalidInput, "run the same command again: a fresh request has a new token"),
    "MissingParameter": Rule(InvalidInput, FIX),
    "InvalidParameter": Rule(InvalidInput, FIX),
    "InvalidRegionId.NotFound": Rule(InvalidInput, REGION),
    "InvalidAction.NotFound": Rule(InvalidInput, ENDPOINT),
    "InvalidVersion": Rule(InvalidInput, ENDPOINT),
}

_FAMILIES: tuple[tuple[str, Rule], ...] = (
    ("Throttling", Rule(Throttled, AGAIN)),
    ("InvalidAccessKeyId", Rule(PermissionDenied, KEYS)),
    ("Signature", Rule(PermissionDenied, KEYS)),
    ("InvalidSecurityToken", Rule(PermissionDenied, TOKEN)),
    ("Forbidden", Rule(PermissionDenied, GRANT)),
    ("QuotaExceed", Rule(QuotaReached, QUOTA)),
    ("InvalidRegionId", Rule(InvalidInput, REGION)),
)

_BUSY = re.compile(r"In(correct|valid)\w*Status|OperationConflict|Processing|Locked")


def listed(rules: Mapping[str, Rule], code: str) -> Rule | None:
    """Find a code in a service's table, or in one of the vendor's families."""
    if found := rules.get(code):
        return found
    return next((of_family for family, of_family in _FAMILIES if code.startswith(family)), None)


def by_status(code: str, status: int) -> Rule:
    """Judge a code that nobody lists by its ending and the HTTP status: never as harmless."""
    if code.endswith(("NotFound", "NotExist", "NotExists")):
        return Rule(NotFound, "check the id and its region; if it was deleted, run `pulumi refresh`")
    if _BUSY.search(code) or status == 409:
        return Rule(NotReady, "wait until it has settled, then run the same command again")
    if status >= 500:
        return Rule(Unavailable, AGAIN)
    return Rule(PermissionDenied, GRANT) if status == 403 else Rule(InvalidInput, FIX)
