"""How a vendor is reached: the endpoint of a service, and keys from stack config.

Credentials live in memory only: they never appear in a `repr`, a log, a resource property or an error.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from components.clouds import endpoints


@dataclass(frozen=True)
class Connection(ABC):
    """Where requests to a service go, and keys that may sign them when the vendor's credential chain has none.

    Attributes:
        endpoint: `http://host:port`, `https://host` or `host`; None for the vendor's own endpoint.
        key_id: From stack config, used only where the vendor's chain finds nothing.
        key_secret: As above.
        security_token: As above, for temporary keys.
        identity_endpoint: Where it is asked whose credentials these are, None for the same endpoint: a gateway.
    """

    endpoint: str | None = None
    key_id: str = field(default="", repr=False)
    key_secret: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)
    identity_endpoint: str | None = None

    config_keys: ClassVar[tuple[str, str, str]]
    """Where stack config holds key id, secret and token."""

    @classmethod
    def from_config(cls, service: str, config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Self:
        """Read a connection to a service from raw stack config (`namespace:key` -> text) and the environment.

        Raises:
            EndpointRefused: `replicas:endpoints` is not a map of text, or the stack may not call the endpoint.
        """
        key_id, key_secret, security_token = (str(config.get(key) or "") for key in cls.config_keys)
        endpoint = endpoints.find(service, config, environment)
        return cls(endpoint, key_id, key_secret, security_token, endpoints.find_identity(config, environment))

    @property
    def endpoint_kind(self) -> str:
        """What kind of cloud is called: `loopback` for one on this machine, else `cloud`."""
        return "loopback" if endpoints.is_loopback(self.endpoint) else "cloud"

    def of_identity(self, host: str | None = None) -> Self:
        """Return the connection over which it is asked whose credentials these are; `host` is the vendor's own."""
        return replace(self, endpoint=self.identity_endpoint or self.endpoint or host)

    @abstractmethod
    def credentials(self) -> Any:
        """Find credentials, as the vendor's SDK wants them.

        Raises:
            CredentialsMissing: There are none.
        """
