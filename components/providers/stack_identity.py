"""Where the state of a stack finds the dynamic provider of StackIdentity: this path is a promise."""

from components.hosts.dynamic import DynamicProvider
from components.lifecycle.stack_identity import StackIdentityLifecycle


class StackIdentityProvider(DynamicProvider[StackIdentityLifecycle]):
    """Serves `StackIdentityLifecycle`."""

    served = StackIdentityLifecycle
