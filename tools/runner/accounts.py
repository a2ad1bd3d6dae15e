"""Whose replicas the state records, and whose credentials the run has.

With the keys of another account every replica looks gone, and a native plugin says so. A run ends here before it
starts, in one line.
"""

from typing import Any

from components import kinds
from components.clouds.account import OWNER, verify_owner
from components.clouds.errors import ReplicaError
from tools.runner.stack import Stack


def verify_accounts(stack: Stack) -> None:
    """Make sure that the replicas that the state records belong to the account of these credentials.

    Where the account is not known, copies are still safe: their own provider refuses to take them for gone, to change
    and to delete them. Native resources are not.

    Raises:
        ReplicaError: They do not, the keys are refused, or an account that has to be known is not.
    """
    for row in stack.rows:
        kind, owner = kinds.OF_OWNED.get(row["type"]), row.get("outputs") or {}
        if kind is None or not any(owner.get(name) for name in OWNER):
            continue
        region = str(owner.get("region") or "")
        service: Any = stack.cloud(kind.type).service
        caller = service.caller(region)  # asked once for each service
        doing = f"opening stack {stack.name}: {str(row['urn']).rpartition('::')[2]}"
        if kind.companion or caller.is_nobody:
            verify_owner(service, doing, region, owner)
        else:
            caller.refuse_others(doing, owner)


def problem(stack: Stack) -> list[str]:
    """Return the line that says whose the replicas are, where they are not this account's; none where they are."""
    try:
        verify_accounts(stack)
    except ReplicaError as error:
        return [str(error)]
    return []
