"""The mark that a copy has in the cloud: which stack has started it, by which creation, and of what it is a copy.

A tag holds `<stack id>.<token>`, a default name the beginnings of both. By it any machine finds what a run has started
and no state records. Rows of 0.1.0 have no stack id: their copies have the token alone, and keep it.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable
from typing import Any

from components.lifecycle.results import Properties

_IN_FRONT = 4
"""Characters of a token's beginning that say what it is a copy of: a default name shows six in all."""
_BEHIND = 8
"""As many as that at its end."""


def new_token(stack_id: Any, identity: Iterable[Any]) -> str:
    """Draw the token of a creation: random, but for what says whose it is, and what it is a copy of."""
    made_of = _hash(stack_id, identity)
    return f"{made_of[:_IN_FRONT]}{uuid.uuid4().hex[:20]}{made_of[_IN_FRONT:]}"


def of(inputs: Properties) -> str:
    """Return the mark of a copy with these inputs."""
    stack = inputs.get("stack_id")
    return f"{stack}.{inputs['copy_token']}" if stack else str(inputs["copy_token"])


def token_of(mark: str, stack_id: Any = None) -> str:
    """Return the token in a mark, "" where it is not this stack's; any stack's by default."""
    stack, _, token = mark.rpartition(".")
    return token if stack_id in {None, stack} else ""


def is_copy_of(token: str, stack_id: Any, identity: Iterable[Any]) -> bool:
    """Report whether a token, or the beginning of one, is of this stack's copy of that thing to that place."""
    made_of = _hash(stack_id, identity)
    ends_so = len(token) <= _IN_FRONT + _BEHIND or token.endswith(made_of[_IN_FRONT:])
    return bool(token) and token.startswith(made_of[:_IN_FRONT]) and ends_so


def _hash(stack_id: Any, identity: Iterable[Any]) -> str:
    text = json.dumps([stack_id, *identity], default=str)  # in a preview, both may be unknown
    return hashlib.sha256(text.encode()).hexdigest()[: _IN_FRONT + _BEHIND]
