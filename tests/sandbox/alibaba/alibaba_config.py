"""How Alibaba Cloud's SDKs are pointed at a sandbox, whichever service they are for."""

from alibabacloud_tea_openapi.models import Config

from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer


def alibaba_config(
    server: SandboxServer | ControlClient,
    key: str = ACCESS_KEY_ID,
    secret: str = ACCESS_KEY_SECRET,
    token: str | None = None,
    algorithm: str | None = None,
) -> Config:
    """`algorithm` v2 signs with V1, which the SDKs call so; None is ACS3."""
    return Config(
        access_key_id=key,
        access_key_secret=secret,
        security_token=token,
        endpoint=server.endpoint,
        protocol="http",
        read_timeout=5000,
        signature_algorithm=algorithm,
    )
