"""How to reach Tencent Cloud: credentials of environment and profile first, then of stack config, then roles."""

import os
from typing import Any

from typing_extensions import override

from components.clouds import connection, endpoints
from components.clouds.errors import CredentialsMissing

TOKEN_VARIABLES = ("TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_TOKEN")
TIMEOUT = 20
"""Seconds to connect, and to wait for an answer: the SDK has one value for both."""


class Connection(connection.Connection):
    """An endpoint of Tencent Cloud, and keys for where environment and profile have none."""

    config_keys = ("tencentcloud:secretId", "tencentcloud:secretKey", "tencentcloud:securityToken")

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

    @override
    def credentials(self) -> Any:
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
        if self.key_id:
            return credential.Credential(self.key_id, self.key_secret, self.security_token or None)
        try:
            # Instance role or workload identity last: the SDK asks the instance for them without any timeout.
            return credential.DefaultCredentialProvider().get_credential()
        except Exception as error:  # noqa: BLE001 - the chain fails in many ways, and its message may quote a profile
            raise CredentialsMissing(
                f"no Tencent Cloud credentials were found ({type(error).__name__})",
                "set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, configure a profile, "
                "or set the secrets tencentcloud:secretId and tencentcloud:secretKey",
            ) from None
