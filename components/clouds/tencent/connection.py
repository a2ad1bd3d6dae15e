"""How to reach Tencent Cloud: access keys of the environment first, then stack config and profiles, then roles."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote_plus

from typing_extensions import override

from components.clouds import connection, endpoints
from components.clouds.errors import CredentialsMissing
from components.clouds.tencent.provider_config import TENCENTCLOUD

TIMEOUT = 20
"""Seconds to connect, and to wait for an answer: the SDK has one value for both."""

ROLE_SECONDS = 7200
STS_VERSION = "2018-08-13"
STS_REGION = "ap-guangzhou"
"""Where a role is assumed, unless stack config names a region: the native plugin's own default."""


class Connection(connection.Connection):
    """An endpoint of Tencent Cloud, and what stack config says of credentials."""

    provider = TENCENTCLOUD

    @override
    @classmethod
    def from_config(cls, service: str, config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Self:
        found = super().from_config(service, config, environment)
        domain = found.given.get("domain")
        return replace(found, endpoint=f"{service}.{domain}") if domain and not found.endpoint else found

    def of_service(self, own: str, other: str) -> Self:
        """Return the connection to another service: at its host on the same site, or at the same endpoint of a gateway.

        Args:
            own: Short name of the service that this is a connection to: `cbs`.
            other: That of the other one.
        """
        scheme, separator, address = (self.endpoint or "").rpartition("://")
        if not address.startswith(f"{own}."):
            return self
        return replace(self, endpoint=f"{scheme}{separator}{other}.{address.removeprefix(f'{own}.')}")

    def sdk_profile(self, region: str) -> Any:
        """Build the SDK's profile of a client of this region.

        It has no retryer: the vendor's sends a copy again that was accepted.
        """
        from tencentcloud.common.profile.client_profile import ClientProfile  # noqa: PLC0415 - slow to import
        from tencentcloud.common.profile.http_profile import HttpProfile  # noqa: PLC0415 - as above

        protocol, address = (self.given.get("protocol") or "https").lower(), None
        if self.endpoint:
            protocol, address = endpoints.protocol_and_address(self.endpoint, region, protocol)
        http = HttpProfile(protocol=protocol, endpoint=address, reqTimeout=TIMEOUT)
        return ClientProfile(httpProfile=http, language="en-US")

    def sdk_client(self, service: str, version: str, credentials: Any, region: str) -> Any:
        """Make the SDK's client of a service in a region."""
        from tencentcloud.common.common_client import CommonClient  # noqa: PLC0415 - as above

        from components.clouds.sessions import Session  # noqa: PLC0415 - as above

        client = CommonClient(service, version, credentials, region, self.sdk_profile(region))
        client.request.conn._session = Session()  # noqa: SLF001 - the SDK has no setting for it
        return client

    @override
    def credentials(self) -> Any:
        key, where = self.access_key(), ""
        try:
            where, read = self._source(key)
            found, role = read()
            if role := self.given.get("assumeRole") or role:
                where = f" for the role {role['roleArn']}"
                found = self._assumed(found, role)
        except Exception as error:  # noqa: BLE001 - the SDK fails in many ways, and its message may quote a profile
            code = getattr(error, "code", None) or type(error).__name__
            raise CredentialsMissing(
                f"no Tencent Cloud credentials were found{where} ({code})",
                "set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, configure a profile, "
                "or set the secrets tencentcloud:secretId and tencentcloud:secretKey",
            ) from None
        return found

    def _source(self, key: tuple[str, str, str]) -> tuple[str, Callable[[], tuple[Any, Mapping[str, Any] | None]]]:
        """Return where credentials are to be, for people, and what reads them there, in the native provider's order.

        A profile may name a role to assume with them.
        """
        from tencentcloud.common import credential  # noqa: PLC0415 - as above

        given = self.given
        if key[0]:
            return "", lambda: (credential.Credential(*key[:2], key[2] or None), None)
        directory = Path(given.get("sharedCredentialsDir") or "~/.tccli").expanduser()
        profile = directory / f"{given.get('profile') or 'default'}.credential"
        is_named = "profile" in given or "sharedCredentialsDir" in given
        if not is_named and (name := given.get("camRoleName")):
            role = credential.CVMRoleCredential(name)
            return f" for the role {name} of this machine", lambda: (_found(role.get_credential()), None)
        if is_named or profile.is_file():
            return f" in {profile}", lambda: _of_profile(profile)
        return "", lambda: (_of_the_sdk(), None)

    def _assumed(self, base: Any, role: Mapping[str, Any]) -> Any:
        """Return credentials of a role, which are renewed when they are used."""
        from tencentcloud.common import credential  # noqa: PLC0415 - as above

        params = {
            "RoleArn": role["roleArn"],
            "RoleSessionName": role["sessionName"],
            "DurationSeconds": (seconds := role.get("sessionDuration", ROLE_SECONDS)),
            "Policy": quote_plus(role["policy"]) if "policy" in role else None,
            "ExternalId": role.get("externalId"),
        }
        # A loopback endpoint answers for STS, too.
        of_site = f"sts.{self.given['domain']}" if "domain" in self.given else None
        endpoint = self.endpoint if self.endpoint and endpoints.is_loopback(self.endpoint) else of_site
        region = self.given.get("region") or STS_REGION
        sts = replace(self, endpoint=endpoint).sdk_client("sts", STS_VERSION, base, region)

        class Assumed(credential.STSAssumeRoleCredential):  # type: ignore[misc]  # the SDK has no types
            """The SDK's own, with a token of the keys it begins with, a policy and an external id."""

            def get_sts_tmp_role_arn(self) -> None:
                sent = {key: value for key, value in params.items() if value is not None}
                answer = sts.call_json("AssumeRole", sent)["Response"]
                keys = answer["Credentials"]
                self._tmp_secret_id, self._tmp_secret_key = keys["TmpSecretId"], keys["TmpSecretKey"]
                self._token = keys["Token"]
                self._expired_time = answer["ExpiredTime"] - seconds * 0.1

        found = Assumed("", "", role["roleArn"], role["sessionName"], seconds)
        found.get_credential_info()
        return found


def _of_profile(path: Path) -> tuple[Any, Mapping[str, Any] | None]:
    """Read a profile as `tccli configure` writes it."""
    from tencentcloud.common import credential  # noqa: PLC0415 - as above

    said = {key: text.strip() for key, text in json.loads(path.read_text()).items() if isinstance(text, str)}
    names = {"roleArn": "role-arn", "sessionName": "role-session-name"}
    role = {key: said[name] for key, name in names.items() if said.get(name)}
    keys = credential.Credential(said["secretId"], said["secretKey"], said.get("token") or None)
    return keys, role if len(role) == len(names) else None


def _of_the_sdk() -> Any:
    """Ask the SDK's own profile, then the role of the machine or workload, for which it asks without any timeout."""
    from tencentcloud.common import credential  # noqa: PLC0415 - as above

    try:
        found = credential.ProfileCredential().get_credential()
    except (AttributeError, OSError, ValueError):
        found = None  # a profile file without a default section
    return found or credential.DefaultCredentialProvider().get_credential()


def _found(credentials: Any) -> Any:
    if credentials is None:
        raise LookupError("none were given")
    return credentials
