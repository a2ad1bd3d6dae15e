"""Property values between the engine's wire format and plain Python."""

from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import rpc

from sandbox.plugins.native import Values

UNKNOWN = rpc.UNKNOWN
"""What stands for a value that a preview cannot know."""
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - marks a wrapped secret on the wire, in the engine as here


def plain(struct: Struct) -> Values:
    """Read properties; secrets lose their wrapping."""
    return {key: _unwrapped(value) for key, value in MessageToDict(struct).items()}


def struct_of(values: Values) -> Struct:
    """Write properties, without those that have no value."""
    struct = Struct()
    struct.update({key: value for key, value in values.items() if value is not None})
    return struct


def _unwrapped(value: Any) -> Any:
    if isinstance(value, list):
        return [_unwrapped(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE) == SECRET:
        return _unwrapped(value.get("value"))
    return {key: _unwrapped(each) for key, each in value.items()}
