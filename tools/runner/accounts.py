"""Whose replicas the state records, and whose credentials the run has.

With the keys of another account every replica looks gone, and a native plugin says so. A run ends here before it
starts, in one line.
"""

from typing import Any

from components import kinds
from components.clouds.account import OWNER, verify_owner
from components.clouds.errors import ReplicaError
from components.lifecycle.stack_identity import OWNERS
from components.replica.stack_identity import IDENTITY_TYPE
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
        doing = _doing(stack, row)
        if kind.companion or caller.is_nobody:
            verify_owner(service, doing, region, owner)
        else:
            caller.refuse_others(doing, owner)
    noted = (_identity(stack).get("outputs") or {}).get(OWNERS) or {}
    for row in _without_companion(stack) if noted else ():
        region, _ = kinds.rows()[row["type"]].place(row, stack.rows)
        service = stack.cloud(row["type"]).service
        verify_owner(service, _doing(stack, row), region, noted.get(row["type"]) or {})


def note_owners(stack: Stack) -> None:
    """Have the state say whose its native copies are, also once their companions are deleted.

    The engine deletes a companion before its copy. Where the copy's own deletion fails then, nothing else says whose it
    is, and a run with other keys would take it for gone.

    Raises:
        StackBusy: Another run is changing the stack.
    """
    owners = {
        kind.type: {name: row["outputs"][name] for name in OWNER}
        for row in stack.rows
        if (kind := kinds.OF_OWNED.get(row["type"])) and kind.companion
        if all((row.get("outputs") or {}).get(name) for name in OWNER)
    }
    identity = _identity(stack)
    noted = (identity.get("outputs") or {}).get(OWNERS) or {}
    if not identity or noted == (owners := {**noted, **owners}):
        return
    exported = stack.exported()
    changed = {**identity, "outputs": {**identity["outputs"], OWNERS: owners}}
    rows = [changed if row is identity else row for row in stack.rows]
    stack.replace_state(exported, {**exported, "deployment": {**stack.deployment, "resources": rows}})


def _identity(stack: Stack) -> dict[str, Any]:
    return next((row for row in stack.rows if row["type"] == IDENTITY_TYPE), {})


def _without_companion(stack: Stack) -> list[dict[str, Any]]:
    """List the native copies beside which nothing says whose they are."""
    companions = {kind.type: kind.companion for kind in kinds.KINDS if kind.companion}
    beside = {row.get("parent") for row in stack.rows if row["type"] in companions.values()}
    return [row for row in stack.rows if row["type"] in companions and row["urn"] not in beside]


def _doing(stack: Stack, row: dict[str, Any]) -> str:
    return f"opening stack {stack.name}: {str(row['urn']).rpartition('::')[2]}"


def problem(stack: Stack) -> list[str]:
    """Return the line that says whose the replicas are, where they are not this account's; none where they are."""
    try:
        verify_accounts(stack)
    except ReplicaError as error:
        return [str(error)]
    return []
