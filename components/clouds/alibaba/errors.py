"""What the codes of Alibaba Cloud's API gateway mean, which any call may answer, and how an unlisted code is judged.

A service's own codes are in its own table, which is built on this one.
"""

from __future__ import annotations

from collections.abc import Mapping

from components.clouds.error_table import BUSY, ENDPOINT, FAULT, FIX, GONE, GRANT, REGION, TOO_MANY, ErrorTable
from components.clouds.errors import CredentialsExpired, InvalidInput, NotReady, PermissionDenied, QuotaReached, Rule

_TOKEN = "get a new STS token, then run the same command again"  # noqa: S105 - advice, not a secret

KEYS = Rule(
    PermissionDenied,
    "check ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or the profile in use",
)
TOKEN = Rule(PermissionDenied, _TOKEN)
EXPIRED = Rule(CredentialsExpired, _TOKEN)
QUOTA = Rule(QuotaReached, "raise the quota in Quota Center, or remove replicas from this region")
UNSETTLED = Rule(NotReady, "wait until it has settled, then run the same command again")

SUPPORT = "open a ticket with Alibaba Cloud: the account is not admitted to this feature"

GATEWAY: dict[str, Rule] = {
    "InvalidAccessKeyId.NotFound": KEYS,
    "InvalidAccessKeyId.Inactive": KEYS,
    "InvalidAccessKeyId": KEYS,
    "SignatureDoesNotMatch": KEYS,
    "IncompleteSignature": KEYS,
    "MissingAccessKeyId": KEYS,
    "InvalidTimeStamp.Expired": Rule(PermissionDenied, "set this machine's clock (NTP): it is off by over 15 minutes"),
    "SignatureNonceUsed": FAULT,
    "InvalidSecurityToken.Expired": EXPIRED,
    "SecurityTokenExpired": EXPIRED,
    "InvalidSecurityToken.Malformed": TOKEN,
    "InvalidSecurityToken.MismatchWithAccessKey": TOKEN,
    "MissingSecurityToken": TOKEN,
    "Forbidden.RAM": GRANT,
    "Throttling": TOO_MANY,
    "Throttling.User": TOO_MANY,
    "Throttling.Api": TOO_MANY,
    "ServiceUnavailable": FAULT,
    "LastTokenProcessing": FAULT,
    "IdempotentProcessing": FAULT,
    "OperationConflict": BUSY,
    "InternalError": FAULT,
    "IdempotentParameterMismatch": Rule(InvalidInput, "run the same command again: a fresh request has a new token"),
    "MissingParameter": FIX,
    "InvalidParameter": FIX,
    "InvalidRegionId.NotFound": REGION,
    "InvalidAction.NotFound": ENDPOINT,
    "InvalidVersion": ENDPOINT,
}

_FAMILIES: tuple[tuple[str, Rule], ...] = (
    ("Throttling", TOO_MANY),
    ("InvalidAccessKeyId", KEYS),
    ("Signature", KEYS),
    ("InvalidSecurityToken", TOKEN),
    ("Forbidden", GRANT),
    ("QuotaExceed", QUOTA),
    ("InvalidRegionId", REGION),
)

_ENDINGS: tuple[tuple[str, Rule], ...] = (
    (r"\S*(NotFound|NotExists?)\s", GONE),
    (r"\S*(In(correct|valid)\w*Status|OperationConflict|Processing|Locked)", UNSETTLED),
)


def table(title: str, rules: Mapping[str, Rule], *patterns: tuple[str, Rule]) -> ErrorTable:
    """Build a service's error table from its own codes and patterns."""
    return ErrorTable(
        title=title,
        rules={**GATEWAY, **rules},
        patterns=(*_FAMILIES, *patterns, *_ENDINGS),
        statuses={409: UNSETTLED, 500: FAULT, 403: GRANT},
    )
