"""Where a stand-in may call: a loopback address, and nothing else."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.core.loopback import is_loopback

REAL_PLUGIN = "install the real plugin with `pulumi plugin install resource <name>` and remove the stand-in from PATH"


class Failed(Exception):
    """An expected error: one line for a person."""


@dataclass(frozen=True)
class Endpoint:
    """An address of this machine: `http` and `127.0.0.1:8747`."""

    protocol: str
    address: str


def loopback_endpoint(text: str, protocol: str, variable: str) -> Endpoint:
    """Read `host:port` or `http://host:port`.

    Args:
        text: The endpoint, or "".
        protocol: What it is when the text does not say.
        variable: The environment variable that would name one.

    Raises:
        Failed: There is none, or it is of another machine.
    """
    if not text:
        raise Failed(f"this is the sandbox's stand-in and it has no endpoint. Next: set {variable} to the sandbox's")
    parts = urlsplit(text if "://" in text else f"{protocol.lower() or 'http'}://{text}")
    try:
        known = bool(parts.hostname) and parts.port != 0 and parts.scheme in {"http", "https"}
    except ValueError:
        known = False
    if not known or not is_loopback(str(parts.hostname)):
        raise Failed(f"this is the sandbox's stand-in: it calls nothing but loopback, not {text}. Next: {REAL_PLUGIN}")
    return Endpoint(parts.scheme, parts.netloc.rpartition("@")[2])
