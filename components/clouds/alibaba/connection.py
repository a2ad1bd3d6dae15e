"""How to reach Alibaba Cloud: credentials of the SDK's default chain first, then of stack config."""

import logging
from typing import Any

from typing_extensions import override

from components.clouds import connection, endpoints
from components.clouds.errors import CredentialsMissing


class Connection(connection.Connection):
    """An endpoint of Alibaba Cloud, and keys for where the default chain has none."""

    config_keys = ("alicloud:accessKey", "alicloud:secretKey", "alicloud:securityToken")

    def sdk_config(self, region: str, credentials: Any) -> Any:
        """Build the SDK's configuration of a client of this region."""
        from alibabacloud_tea_openapi import models  # noqa: PLC0415 - the SDK takes a second to import

        config = models.Config(credential=credentials, region_id=region)
        if self.endpoint:
            config.protocol, config.endpoint = endpoints.protocol_and_address(self.endpoint, region)
        return config

    @override
    def credentials(self) -> Any:
        from alibabacloud_credentials import exceptions, models  # noqa: PLC0415 - as above
        from alibabacloud_credentials.client import Client  # noqa: PLC0415 - as above

        logging.getLogger("credentials").setLevel(logging.CRITICAL)  # the SDK logs a traceback for each empty source
        chain = Client()
        try:
            chain.get_credential()
        except exceptions.CredentialException as error:
            if not self.key_id:
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
                    access_key_id=self.key_id,
                    access_key_secret=self.key_secret,
                    security_token=self.security_token or None,
                )
            )
        return chain
