"""How to reach Alibaba Cloud: access keys of the environment first, then stack config, then the SDK's default chain."""

import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from typing_extensions import override

from components.clouds import connection, endpoints
from components.clouds.alibaba.provider_config import ALICLOUD
from components.clouds.errors import CredentialsMissing
from components.clouds.provider_config import ConfigRefused


class Connection(connection.Connection):
    """An endpoint of Alibaba Cloud, and what stack config says of credentials."""

    provider = ALICLOUD

    @override
    @classmethod
    def from_config(cls, service: str, config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Self:
        found = super().from_config(service, config, environment)
        asks_sts = {"assumeRole", "assumeRoleWithOidc"} & found.given.keys()
        if asks_sts and found.endpoint and endpoints.is_loopback(found.endpoint):
            raise ConfigRefused(
                f"a role is assumed at STS, and the {service.upper()} endpoint {found.endpoint} is on loopback",
                "remove alicloud:assumeRole and alicloud:assumeRoleWithOidc from this stack",
            )
        return found

    def sdk_config(self, region: str, credentials: Any) -> Any:
        """Build the SDK's configuration of a client of this region."""
        from alibabacloud_tea_openapi import models  # noqa: PLC0415 - the SDK takes a second to import

        config = models.Config(credential=credentials, region_id=region, protocol=self.given.get("protocol"))
        if self.endpoint:
            config.protocol, config.endpoint = endpoints.protocol_and_address(self.endpoint, region, config.protocol)
        return config

    @override
    def credentials(self) -> Any:
        from alibabacloud_credentials.client import Client  # noqa: PLC0415 - as above
        from alibabacloud_credentials.provider import RamRoleArnCredentialsProvider  # noqa: PLC0415 - as above

        from components.clouds import sessions  # noqa: PLC0415 - as above

        logging.getLogger("credentials").setLevel(logging.CRITICAL)  # the SDK logs a traceback for each empty source
        sessions.used_by("Tea.core", "TeaCore")
        key, where = self.access_key(), ""
        try:
            where, found = self._source(key)
            found.get_credentials()
            if role := self.given.get("assumeRole"):
                where = f" for the role {role['roleArn']} of alicloud:assumeRole"
                found = RamRoleArnCredentialsProvider(
                    credentials_provider=found,
                    role_arn=role["roleArn"],
                    role_session_name=role.get("sessionName"),
                    policy=role.get("policy"),
                    duration_seconds=role.get("sessionExpiration"),
                    external_id=role.get("externalId"),
                    sts_region_id=self.given.get("region"),
                )
                found.get_credentials()
        except Exception as error:  # noqa: BLE001 - the SDK fails in many ways, and its message may quote a profile
            code = re.search(r'"Code"\s*:\s*"([\w.]+)"', str(error))
            raise CredentialsMissing(
                f"no Alibaba Cloud credentials were found{where} ({code[1] if code else type(error).__name__})",
                "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, configure a profile, "
                "or set the secrets alicloud:accessKey and alicloud:secretKey",
            ) from None
        return Client(provider=found)

    def _source(self, key: tuple[str, str, str]) -> tuple[str, Any]:
        """Return where credentials are to be, for people, and what reads them there, in the native provider's order."""
        from alibabacloud_credentials import provider as sources  # noqa: PLC0415 - as above

        given = self.given
        if key[0]:
            return "", _static(*key)
        if name := given.get("profile"):
            path = Path(given.get("sharedCredentialsFile") or "~/.aliyun/config.json").expanduser()
            profile = sources.CLIProfileCredentialsProvider(profile_name=name, profile_file=str(path))
            return f" in the profile {name} of {path}", profile
        if uri := given.get("credentialsUri"):
            return " at alicloud:credentialsUri", sources.URLCredentialsProvider(uri=uri)
        if name := given.get("ecsRoleName"):
            # Without its thread, which would ask on behalf of a client that is not used any more.
            role = sources.EcsRamRoleCredentialsProvider(role_name=name, async_update_enabled=False)
            return f" for the role {name} of this machine", role
        if oidc := given.get("assumeRoleWithOidc"):
            role = sources.OIDCRoleArnCredentialsProvider(
                role_arn=oidc["roleArn"],
                oidc_provider_arn=oidc["oidcProviderArn"],
                oidc_token_file_path=str(Path(oidc["oidcTokenFile"]).expanduser()),
                role_session_name=oidc.get("roleSessionName"),
                policy=oidc.get("policy"),
                duration_seconds=oidc.get("sessionExpiration"),
                sts_region_id=given.get("region"),
            )
            return f" for the role {oidc['roleArn']} of alicloud:assumeRoleWithOidc", role
        return "", sources.DefaultCredentialsProvider()


def _static(key_id: str, secret: str, token: str) -> Any:
    from alibabacloud_credentials import provider as sources  # noqa: PLC0415 - as above

    if token:
        return sources.StaticSTSCredentialsProvider(
            access_key_id=key_id, access_key_secret=secret, security_token=token
        )
    return sources.StaticAKCredentialsProvider(access_key_id=key_id, access_key_secret=secret)
