"""Where the state of every stack finds the provider of StackIdentity: the path is a promise, the code is elsewhere."""

from __future__ import annotations

from components.lifecycle.stack_identity import StackIdentityProvider as _StackIdentityProvider


class StackIdentityProvider(_StackIdentityProvider):
    """See the base class."""
