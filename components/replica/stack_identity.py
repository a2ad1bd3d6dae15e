"""Names that no other stack gives: what a native resource makes has no token, so its name identifies it."""

import pulumi
from pulumi import dynamic

from components.model.names import hashed
from components.providers.stack_identity import StackIdentityProvider
from components.replica.once import once_per_program

IDENTITY_TYPE = "pulumi-python:dynamic/replicas:StackIdentity"
IDENTITY_NAME = "replicas-identity"


class StackIdentity(dynamic.Resource, module="replicas", name="StackIdentity"):
    """A random id of the stack, made with the first resource that is named after it and never changed."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(StackIdentityProvider(), name, {"value": None}, opts)


def unique_name(stem: str, *parts: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return `<stem>-<hash>`: the hash is of the stack's id and of what the name is to change with.

    Args:
        stem: How the name begins.
        parts: What the name is to change with: a source, a region.
    """
    name = pulumi.Output.all(stack_id(), *parts).apply(lambda known: f"{stem}-{hashed(*known)}")
    return pulumi.Output.unsecret(name)  # it reveals nothing of its parts, and repair must be able to read it


def stack_id() -> pulumi.Output[str]:
    """Return the random id of the stack, which survives renames and moves of the backend."""
    return _identity().id


@once_per_program
def _identity() -> StackIdentity:
    return StackIdentity(IDENTITY_NAME)
