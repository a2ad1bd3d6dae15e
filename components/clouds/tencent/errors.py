"""What the codes mean that are common to all APIs of Tencent Cloud, and how an unlisted code is judged.

A service's own codes are in its own table, which is built on this one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from components.clouds.error_table import (
    BUSY,
    DRY_RUN,
    ENDPOINT,
    FAULT,
    FIX,
    GONE,
    GRANT,
    REGION,
    TOO_MANY,
    ErrorTable,
)
from components.clouds.errors import CredentialsExpired, PermissionDenied, QuotaReached, Rule

KEYS = Rule(PermissionDenied, "check TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or the profile in use")
MFA = Rule(PermissionDenied, "renew the MFA of this user, then run the same command again")
QUOTA = Rule(QuotaReached, "delete unused resources of this kind in this region, or have the quota raised")

COMMON: dict[str, Rule] = {
    "AuthFailure.SecretIdNotFound": KEYS,
    "AuthFailure.InvalidSecretId": KEYS,
    "AuthFailure.InvalidAuthorization": KEYS,
    "AuthFailure.SignatureFailure": KEYS,
    "AuthFailure.SignatureExpire": Rule(
        PermissionDenied, "set this machine's clock (NTP): it is off by over 5 minutes"
    ),
    "AuthFailure.TokenFailure": Rule(CredentialsExpired, "get a new temporary key, then run the same command again"),
    "AuthFailure.MFAFailure": MFA,
    "AuthFailure.UnauthorizedOperation": GRANT,
    "UnauthorizedOperation": GRANT,
    "UnauthorizedOperation.MFAExpired": MFA,
    "RequestLimitExceeded": TOO_MANY,
    "LimitExceeded": QUOTA,
    "InternalError": FAULT,
    "ServiceUnavailable": FAULT,
    "FailedOperation": FAULT,
    "InvalidAction": ENDPOINT,
    "NoSuchVersion": ENDPOINT,
    "NoSuchProduct": ENDPOINT,
    "InvalidParameter": FIX,
    "InvalidParameterValue": FIX,
    "MissingParameter": FIX,
    "UnknownParameter": FIX,
    "InvalidRequest": FIX,
    "UnsupportedOperation": FIX,
    "UnsupportedRegion": REGION,
    "ResourceInUse": BUSY,
    "ResourceNotFound": GONE,
    "ResourceUnavailable": BUSY,
    "ResourceInsufficient": QUOTA,
    "DryRunOperation": DRY_RUN,
}

_FAMILIES: tuple[tuple[str, Rule], ...] = (
    (r"\S*NotFound\s", GONE),
    ("AuthFailure", KEYS),
    # An unknown code of a fault inside the cloud may have come after the request was carried out.
    ("Internal", FAULT),
)


def table(title: str, rules: Mapping[str, Rule]) -> ErrorTable:
    """Build a service's error table from its own codes: an unlisted `A.B.C` is judged as `A.B`, else as `A`."""
    every = {**COMMON, **rules}
    nearest = ((rf"{re.escape(code)}\.", every[code]) for code in sorted(every, key=len, reverse=True))
    return ErrorTable(title=title, rules=every, patterns=(*nearest, *_FAMILIES))
