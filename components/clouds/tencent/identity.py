"""Whose credentials these are: STS says it to every caller, and CAM where STS refuses to."""

from collections.abc import Callable
from typing import ClassVar

from components.clouds.errors import CloudError, Transient
from components.clouds.service import IDENTITY_PATIENCE
from components.clouds.tencent.connection import Connection
from components.clouds.tencent.errors import table
from components.clouds.tencent.service import TencentService

DOING = "asking whose credentials these are"


class Sts(TencentService):
    """Security Token Service."""

    name = "sts"
    errors = table("STS")
    version = "2018-08-13"
    answers: ClassVar = {"GetCallerIdentity": "AccountId"}

    def account(self, region: str) -> str:
        """Return the id of the account that the caller belongs to (GetCallerIdentity)."""
        return str(self._send(DOING, region, "GetCallerIdentity", {}, patience=IDENTITY_PATIENCE)["AccountId"])


class Cam(TencentService):
    """Cloud Access Management."""

    name = "cam"
    errors = table("CAM")
    version = "2019-01-16"
    answers: ClassVar = {"GetUserAppId": "OwnerUin"}

    def account(self, region: str) -> str:
        """Return the id of the account that the caller belongs to (GetUserAppId)."""
        return str(self._send(DOING, region, "GetUserAppId", {}, patience=IDENTITY_PATIENCE)["OwnerUin"])


def account_of(connection: Connection, region: str, *, sleep: Callable[[float], None]) -> str:
    """Return the id of the account whose credentials these are, which all its users and roles share.

    Raises:
        CloudError: Neither service says it.
    """
    try:
        return Sts(connection, sleep=sleep).account(region)
    except Transient:
        raise
    except CloudError as refused:
        try:
            return Cam(connection, sleep=sleep).account(region)
        except CloudError:
            raise refused from None
