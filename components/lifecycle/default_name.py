"""The default name of a copy that is known by its name, where the API has no token.

`<component>-<region>-<6 of the stack's id><6 of the token>`, with generations `<component>-<region>-<source id>-...`.
Rows of 0.1.0 have no stack id: their names end with 8 characters of the token, and stay as they are.
"""

import re
from typing import Any

from pulumi.output import Unknown

from components.lifecycle.results import Properties
from components.model.names import shortened

MAX_NAME = 60
"""Characters that it may have, in every API that has such copies."""

SHOWN = 6
"""Characters of the stack's id, and of the token, that a name shows."""

_OWN = r"[0-9a-f]{8}|[0-9a-f]{12}"


def default_name(inputs: Properties) -> Any:
    """Return the default name, unknown as long as the stack's id is: in the preview of a new stack."""
    if isinstance(inputs.get("stack_id"), Unknown):
        return inputs["stack_id"]
    end, stem = f"-{_own(inputs)}", str(inputs["default_name"])
    limit = MAX_NAME - len(end)
    if not inputs.get("stack_id"):
        return stem[:limit] + end
    return shortened(stem, limit, keep=f"-{inputs.get('region')}") + end


def stack_in(name: str, stack_id: str) -> bool:
    """Report whether a name is a default one of this stack."""
    return re.search(rf"-{re.escape(stack_id[:SHOWN])}[0-9a-f]{{{SHOWN}}}$", name) is not None


def has_token(inputs: Properties) -> bool:
    """Report whether the name holds this instance's own token."""
    return str(inputs["name"]).endswith(_own(inputs))


def is_anothers(name: str, props: Properties, prefix: str) -> bool:
    """Report whether a name is the default one of another replica in the same region.

    Args:
        name: The name.
        props: Properties of this replica.
        prefix: How ids of sources begin: `snap`.
    """
    default = re.search(rf"-{re.escape(props['region'])}(-{prefix}-\w+)?-({_OWN})$", name)
    return default is not None and default[2] != _own(props)


def _own(props: Properties) -> str:
    """Return what nothing else's name ends with."""
    stack, token = props.get("stack_id"), str(props["copy_token"])
    return f"{stack[:SHOWN]}{token[:SHOWN]}" if stack else token[:8]
