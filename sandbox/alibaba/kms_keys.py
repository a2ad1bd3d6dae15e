"""KMS keys, as far as the encryption of an image needs them: they exist only by seed."""

from typing import Literal

from sandbox.core.resource import Resource
from sandbox.core.resource_table import ResourceTable

KeyState = Literal["enabled", "disabled", "unauthorized"]


class KmsKey(Resource):
    """A customer master key in one region of one account."""

    state: KeyState = "enabled"
    """Unauthorized: ECS may not use the account's KMS."""


class KmsKeys(ResourceTable[KmsKey]):
    """All keys."""

    name = "kms"
    model = KmsKey
