"""How to reach Tencent Cloud: endpoint and credentials, from the environment first, then from stack config.

Credentials live in memory only: they never appear in a `repr`, a log, a resource property or an error.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.clouds import endpoints
from components.clouds.errors import CredentialsMissing

CONFIG_KEYS = ("tencentcloud:secretId", "tencentcloud:secretKey", "tencentcloud:securityToken")
TOKEN_VARIABLES = ("TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_TOKEN")
TIMEOUT = 20
"""Seconds to connect, and to wait for an answer: the SDK has one value for both."""


@dataclass(frozen=True)
class Connection:
    """Where requests to a service go, and keys that may sign them when the default credential chain has none.

    Attributes:
        endpoint: `http://host:port`, `https://host` or `host`; None for the vendor's own endpoint.
        secret_id: From stack config, used only where the default chain finds nothing.
        secret_key: As above.
        security_token: As above, for temporary keys.
    """

    endpoint: str | None = None
    secret_id: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)

    @classmethod
    def from_config(
        cls, service: str, config: Mapping[str, Any], environment: Mapping[str, str] = os.environ
    ) -> Connection:
        """Read a connection to `cbs` from raw stack config (`namespace:key` -> text) and the environment.

        Raises:
            EndpointRefused: `replicas:endpoints` is not a map of text, or a sandbox stack has no loopback endpoint.
        """
        return cls(
            endpoints.find(service, config, environment),
            *(str(config.get(key) or "") for key in CONFIG_KEYS),
        )

    def sdk_profile(self, region: str) -> Any:
        """Build the SDK's profile of a client of this region.

        It has no retryer: the vendor's sends a copy again that was accepted.
        """
        from tencentcloud.common.profile.client_profile import ClientProfile  # noqa: PLC0415 - slow to import
        from tencentcloud.common.profile.http_profile import HttpProfile  # noqa: PLC0415 - as above

        protocol, address = "https", None
        if self.endpoint:
            protocol, address = endpoints.protocol_and_address(self.endpoint, region)
        http = HttpProfile(protocol=protocol, endpoint=address, reqTimeout=TIMEOUT)
        return ClientProfile(httpProfile=http, language="en-US")

    def credentials(self) -> Any:
        """Find credentials: environment variables, profile, stack config, then instance role or workload identity.

        Roles come last, since the SDK asks the instance for them without any timeout.

        Raises:
            CredentialsMissing: None of them holds a secret id.
        """
        from tencentcloud.common import credential  # noqa: PLC0415 - as above

        if found := credential.EnvironmentVariableCredential().get_credential():
            # The SDK's chain reads no token from the environment, and temporary keys are nothing without theirs.
            token = next((os.environ[name] for name in TOKEN_VARIABLES if os.environ.get(name)), None)
            return credential.Credential(found.secret_id, found.secret_key, token)
        try:
            found = credential.ProfileCredential().get_credential()
        except (AttributeError, OSError, ValueError):
            found = None  # a profile file without a default section
        if found:
            return found
        if self.secret_id:
            return credential.Credential(self.secret_id, self.secret_key, self.security_token or None)
        try:
            return credential.DefaultCredentialProvider().get_credential()
        except Exception as error:  # noqa: BLE001 - the chain fails in many ways, and its message may quote a profile
            raise CredentialsMissing(
                f"no Tencent Cloud credentials were found ({type(error).__name__})",
                "set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, configure a profile, "
                "or set the secrets tencentcloud:secretId and tencentcloud:secretKey",
            ) from None
