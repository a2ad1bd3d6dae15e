"""How a vendor is reached: the endpoint of a service, and whose credentials sign its requests.

Access keys of the environment come first, then what stack config says of credentials, then what the vendor's SDK finds
by itself. The native provider of the same stack is given the same.

Credentials live in memory only: they never appear in a `repr`, a log, a resource property or an error.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from components.clouds import endpoints
from components.clouds.errors import CredentialsMissing
from components.clouds.provider_config import ProviderConfig


@dataclass(frozen=True)
class Connection(ABC):
    """Where requests to a service go, and the credentials that sign them.

    Attributes:
        endpoint: `http://host:port`, `https://host` or `host`; None for the vendor's own endpoint.
        key_id: From stack config, used only where the environment has none.
        key_secret: As above.
        security_token: As above, for temporary keys.
        given: All that stack config says of the vendor's provider, and environment variables that say the same.
        identity_endpoint: Where it is asked whose credentials these are, None for the same endpoint: a gateway.
    """

    endpoint: str | None = None
    key_id: str = field(default="", repr=False)
    key_secret: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)
    identity_endpoint: str | None = None

    provider: ClassVar[ProviderConfig]
    """What stack config may say of the vendor's provider."""
    config_keys: ClassVar[tuple[str, ...]]
    """The keys of it, `namespace:key`."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.config_keys = cls.provider.config_keys

    @classmethod
    def from_config(cls, service: str, config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Self:
        """Read a connection to a service from raw stack config (`namespace:key` -> text) and the environment.

        Raises:
            EndpointRefused: `replicas:endpoints` is not a map of text, or the stack may not call the endpoint.
            ConfigRefused: What is said of the vendor's provider has a mistake.
        """
        given = cls.provider.read(config, environment)
        key_id, secret, token = (str(given.get(name) or "") for name in cls.provider.keys)
        endpoint, identity = endpoints.find(service, config, environment), endpoints.find_identity(config, environment)
        return cls(endpoint, key_id, secret, token, given, identity)

    @property
    def endpoint_kind(self) -> str:
        """What kind of cloud is called: `loopback` for one on this machine, else `cloud`."""
        return "loopback" if endpoints.is_loopback(self.endpoint) else "cloud"

    def of_identity(self, host: str | None = None) -> Self:
        """Return the connection over which it is asked whose credentials these are; `host` is the vendor's own."""
        return replace(self, endpoint=self.identity_endpoint or self.endpoint or host)

    def access_key(self) -> tuple[str, str, str]:
        """Return id, secret and token of the access key that is given: by the environment, else by stack config.

        Raises:
            CredentialsMissing: The environment has only half of one.
        """
        found = self.provider.environment_key(os.environ) or (self.key_id, self.key_secret, self.security_token)
        if found[0] and not found[1]:
            raise CredentialsMissing(
                "the environment has the id of an access key, but not its secret", "set both variables, or neither"
            )
        return found

    @abstractmethod
    def credentials(self) -> Any:
        """Find credentials, as the vendor's SDK wants them.

        Raises:
            CredentialsMissing: There are none.
        """
