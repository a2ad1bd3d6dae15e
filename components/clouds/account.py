"""Whose copy it is, and whose credentials these are: "gone" is only ever said by the account that owns the copy.

With the keys of another account, and at an endpoint of another kind, every copy looks gone: what reads nothing, changes
or deletes asks here first. A copy of 0.1.0 has no owner recorded; the first read that sees it records one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from components.clouds.errors import CloudError, PermissionDenied, ReplicaError

OWNER = ("account", "endpoint_kind")
"""Properties of the state that say whose a copy is: the id of its account, and `loopback` or `cloud`."""


class WrongAccount(ReplicaError):
    """The copy is another account's, or was made at an endpoint of another kind."""


class AccountUnknown(ReplicaError):
    """Whose credentials these are could not be found out, and the copy belongs to a known account."""


@dataclass(frozen=True)
class Caller:
    """Whose credentials a service is called with.

    Attributes:
        account: Id of the account, which all its users and roles share; "" where it is not known.
        endpoint_kind: `loopback` or `cloud`.
        problem: Why the account is not known.
    """

    account: str
    endpoint_kind: str
    problem: CloudError | None = None

    @property
    def owner(self) -> dict[str, str]:
        """What is recorded of a copy that this caller has made or seen; an account that is not known is left out."""
        return {name: value for name in OWNER if (value := getattr(self, name))}

    @property
    def is_nobody(self) -> bool:
        """Whether the keys themselves are refused, and not one region or one action."""
        return isinstance(self.problem, PermissionDenied)

    def refuse_others(self, doing: str, owner: Mapping[str, Any]) -> None:
        """Refuse a copy that is certainly another account's, or at an endpoint of another kind.

        Args:
            doing: Gerund, thing, id and region: `deleting DataCache edc-1 in cn-hangzhou`.
            owner: Properties of the copy in the state.

        Raises:
            WrongAccount: It is.
        """
        account, kind = (str(owner.get(name) or "") for name in OWNER)
        is_elsewhere = bool(kind) and kind != self.endpoint_kind
        if not is_elsewhere and (not account or not self.account or account == self.account):
            return
        kinds = (kind, self.endpoint_kind) if is_elsewhere else ("", "")
        raise WrongAccount(
            f"{doing}: it belongs to {_spelt(account, kinds[0])}; "
            f"these credentials are of {_spelt(self.account, kinds[1])}",
            f"use the credentials of {_spelt(account, kinds[0])}",
        )


class CalledService(Protocol):
    """What is asked of a service here."""

    @property
    def name(self) -> str:
        """Short name of the service: `eci`."""

    def caller(self, region: str) -> Caller:
        """Return whose credentials it is called with."""


def verify_owner(service: CalledService, doing: str, region: str, owner: Mapping[str, Any]) -> None:
    """Make sure that a copy belongs to the account of these credentials, where the state says whose it is.

    Args:
        service: The service that has the copy.
        doing: Gerund, thing, id and region, for errors.
        region: The copy's region.
        owner: Properties of the copy in the state.

    Raises:
        WrongAccount: It is another account's, or was made at an endpoint of another kind.
        AccountUnknown: Whose credentials these are is not known.
        CredentialsMissing: There are none.
    """
    if not any(owner.get(name) for name in OWNER):
        return
    caller = service.caller(region)
    caller.refuse_others(doing, owner)
    if owner.get("account") and not caller.account:
        problem = caller.problem
        raise AccountUnknown(
            f"{doing}: it belongs to {_spelt(owner['account'])}; whose credentials these are is not known: "
            f"{problem.problem if problem else 'no account was named'}",
            problem.next_step
            if problem and caller.is_nobody
            else "let these credentials call GetCallerIdentity of STS, at REPLICAS_STS_ENDPOINT where that is set",
        )


def _spelt(account: Any, kind: str = "") -> str:
    named = f"account {account}" if account else "an account that is not known"
    return f"{named} (at a {kind} endpoint)" if kind else named
