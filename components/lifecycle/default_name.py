"""The default name of a copy that is known by its name, where the API has no token.

`<component>-<region>-<6 of the stack's id><some of the token>`, with generations
`<component>-<region>-<source id>-...`.
Rows of 0.1.0 have no stack id: their names end with 8 characters of the token, and stay as they are.
"""

import re
from dataclasses import dataclass
from typing import Any

from pulumi.output import Unknown

from components.lifecycle.results import Properties
from components.model.names import shortened

MAX_NAME = 60
"""Characters that it may have, in every API that has such copies."""

OF_STACK = 6
"""Characters of the stack's id that a name shows."""


@dataclass(frozen=True)
class DefaultNames:
    """The default names of one kind.

    Attributes:
        prefix: How ids of sources begin: `snap`.
        shown: Characters of the token that a name shows. Four of them say what it is a copy of: where no two things of
            a region may have one name, the others must not be few.
    """

    prefix: str
    shown: int

    def of(self, inputs: Properties) -> Any:
        """Return the default name, unknown as long as the stack's id is: in the preview of a new stack."""
        if isinstance(inputs.get("stack_id"), Unknown):
            return inputs["stack_id"]
        end, stem = f"-{self._own(inputs)}", str(inputs["default_name"])
        limit = MAX_NAME - len(end)
        if not inputs.get("stack_id"):
            return stem[:limit] + end
        return shortened(stem, limit, keep=f"-{inputs.get('region')}") + end

    def is_of_stack(self, name: str, stack_id: str) -> bool:
        """Report whether a name is a default one of this stack."""
        return re.search(rf"-{re.escape(stack_id[:OF_STACK])}[0-9a-f]{{{self.shown}}}$", name) is not None

    def token_in(self, name: str) -> str:
        """Return what a default name shows of the token."""
        return name[-self.shown :]

    def has_token(self, inputs: Properties) -> bool:
        """Report whether the name holds this instance's own token."""
        return str(inputs["name"]).endswith(self._own(inputs))

    def is_anothers(self, name: str, props: Properties) -> bool:
        """Report whether a name is the default one of another replica in the same region."""
        own = rf"[0-9a-f]{{8}}|[0-9a-f]{{{OF_STACK + self.shown}}}"
        default = re.search(rf"-{re.escape(props['region'])}(-{self.prefix}-\w+)?-({own})$", name)
        return default is not None and default[2] != self._own(props)

    def _own(self, props: Properties) -> str:
        """Return what nothing else's name ends with."""
        stack, token = props.get("stack_id"), str(props["copy_token"])
        return f"{stack[:OF_STACK]}{token[: self.shown]}" if stack else token[:8]
