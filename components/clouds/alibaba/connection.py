"""How to reach Alibaba Cloud: endpoint and credentials, from the environment first, then from stack config.

Credentials live in memory only: they never appear in a `repr`, a log, a resource property or an error.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.clouds import endpoints
from components.clouds.errors import CredentialsMissing

CONFIG_KEYS = ("alicloud:accessKey", "alicloud:secretKey", "alicloud:securityToken")


@dataclass(frozen=True)
class Connection:
    """Where requests to a service go, and keys that may sign them when the default credential chain has none.

    Attributes:
        endpoint: `http://host:port`, `https://host` or `host`; None for the vendor's own endpoint.
        access_key_id: From stack config, used only where the default chain finds nothing.
        access_key_secret: As above.
        security_token: As above, for STS.
    """

    endpoint: str | None = None
    access_key_id: str = field(default="", repr=False)
    access_key_secret: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)

    @classmethod
    def from_config(
        cls, service: str, config: Mapping[str, Any], environment: Mapping[str, str] = os.environ
    ) -> Connection:
        """Read a connection to `eci` or `ecs` from raw stack config (`namespace:key` -> text) and the environment.

        Raises:
            EndpointRefused: `replicas:endpoints` is not a map of text, or a sandbox stack has no loopback endpoint.
        """
        return cls(
            endpoints.find(service, config, environment),
            *(str(config.get(key) or "") for key in CONFIG_KEYS),
        )

    def sdk_config(self, region: str, credentials: Any) -> Any:
        """Build the SDK's configuration of a client of this region."""
        from alibabacloud_tea_openapi import models  # noqa: PLC0415 - the SDK takes a second to import

        config = models.Config(credential=credentials, region_id=region)
        if self.endpoint:
            config.protocol, config.endpoint = endpoints.protocol_and_address(self.endpoint, region)
        return config

    def credentials(self) -> Any:
        """Find credentials: the SDK's default chain, then stack config.

        Raises:
            CredentialsMissing: Neither holds an access key.
        """
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
