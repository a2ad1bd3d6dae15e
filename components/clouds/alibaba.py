"""How to reach Alibaba Cloud: endpoint and credentials, from the environment first, then from stack config.

Credentials live in memory only: they never appear in a `repr`, a log, a resource property or an error.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from components.clouds.errors import CredentialsMissing, ReplicaError

ECI_ENDPOINT_VARIABLE = "REPLICAS_ECI_ENDPOINT"


class EndpointRefused(ReplicaError):
    """The endpoint is malformed, or a sandbox stack would have called something that is not a sandbox."""


@dataclass(frozen=True)
class Connection:
    """Where ECI requests go, and keys that may sign them when the default credential chain has none.

    Attributes:
        endpoint: `http://host:port`, `https://host` or `host`; None for the vendor's own endpoint.
        sandbox: The stack belongs to the local sandbox: anything but a loopback endpoint is refused.
        access_key_id: From stack config, used only where the default chain finds nothing.
        access_key_secret: As above.
        security_token: As above, for STS.
    """

    endpoint: str | None = None
    sandbox: bool = False
    access_key_id: str = field(default="", repr=False)
    access_key_secret: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)

    @classmethod
    def from_config(cls, config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Connection:
        """Read a connection from raw stack config (`namespace:key` -> text) and the environment.

        Raises:
            EndpointRefused: `replicas:endpoints` is not a map of text, or a sandbox stack has no loopback endpoint.
        """
        connection = cls(
            endpoint=environment.get(ECI_ENDPOINT_VARIABLE) or _configured_endpoint(config),
            sandbox=str(config.get("replicas:sandbox", "")).lower() == "true",
            access_key_id=str(config.get("alicloud:accessKey") or ""),
            access_key_secret=str(config.get("alicloud:secretKey") or ""),
            security_token=str(config.get("alicloud:securityToken") or ""),
        )
        connection.verify()
        return connection

    def verify(self) -> None:
        """Refuse what must not be called.

        Raises:
            EndpointRefused: See the class.
        """
        if self.sandbox and not self.endpoint:
            raise EndpointRefused(
                "this is a sandbox stack and no sandbox endpoint is set, so no cloud is called",
                f"run `make sandbox`, or set {ECI_ENDPOINT_VARIABLE} with `eval $(make -s sandbox-env)`",
            )
        if self.endpoint and not self._host():
            raise EndpointRefused(
                f"the ECI endpoint {self.endpoint!r} names no host", "write it as host, or http://host:port"
            )
        if self.sandbox and not _is_loopback(self._host()):
            raise EndpointRefused(
                f"this is a sandbox stack and {self.endpoint} is not a loopback address, so it is not called",
                f"point {ECI_ENDPOINT_VARIABLE} at the sandbox on 127.0.0.1",
            )

    def sdk_config(self, region: str) -> Any:
        """Build the SDK's client configuration.

        Raises:
            CredentialsMissing: Neither the default chain nor the stack config holds an access key.
        """
        from alibabacloud_tea_openapi import models  # noqa: PLC0415 - the SDK takes a second to import

        config = models.Config(credential=self._credentials(), region_id=region)
        if self.endpoint:
            config.endpoint = self.endpoint.partition("://")[2] or self.endpoint
            config.protocol = "http" if self.endpoint.startswith("http://") else "https"
        return config

    def _host(self) -> str:
        endpoint = self.endpoint or ""
        return urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}").hostname or ""

    def _credentials(self) -> Any:
        from alibabacloud_credentials import exceptions, models  # noqa: PLC0415 - as above
        from alibabacloud_credentials.client import Client  # noqa: PLC0415 - as above

        logging.getLogger("credentials").setLevel(logging.CRITICAL)  # the SDK logs a traceback for each empty source
        chain = Client()
        try:
            chain.get_credential()
        except exceptions.CredentialException as error:
            if not self.access_key_id:
                # The chain's own message may quote a profile; the class is enough to look it up.
                raise CredentialsMissing(
                    f"no Alibaba Cloud credentials were found ({type(error).__name__})",
                    "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, configure a profile, "
                    "or set the secrets alicloud:accessKey and alicloud:secretKey",
                ) from None
            kind = "sts" if self.security_token else "access_key"
            return Client(
                models.Config(
                    type=kind,
                    access_key_id=self.access_key_id,
                    access_key_secret=self.access_key_secret,
                    security_token=self.security_token or None,
                )
            )
        return chain


def _configured_endpoint(config: Mapping[str, Any]) -> str | None:
    text = config.get("replicas:endpoints")
    if not text:
        return None
    try:
        endpoints = json.loads(text) if isinstance(text, str) else text
        endpoint = endpoints.get("eci")
    except (ValueError, AttributeError):
        endpoint = text
    if (endpoint is not None and not isinstance(endpoint, str)) or endpoint == text:
        raise EndpointRefused(
            "replicas:endpoints is not a map of service to endpoint", "write it as `eci: http://host:port`"
        )
    return endpoint


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
