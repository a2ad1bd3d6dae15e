"""What a stand-in knows of a native resource: its properties, how its plugin is configured, how it is created and read.

A kind of resource is a subclass of its vendor's class (`EcsResource`, `CbsResource`), which says how calls are made.
"""

import time
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from sandbox.core.claim import is_loopback

REAL_PLUGIN = "install the real plugin with `pulumi plugin install resource <name>` and remove the stand-in from PATH"

Values = dict[str, Any]
"""Properties by their names in the engine (camelCase)."""


@dataclass(frozen=True)
class PluginFacts:
    """How a plugin is found and configured."""

    package: str
    """The Python package that asks the engine for the plugin; both have the same version."""
    service: str
    """The service that it calls, as its endpoint is named: `ecs`."""
    config: Mapping[str, list[str]]
    """A part of `Access` -> its name in the provider's config, and the environment variables that stand in for it."""


@dataclass(frozen=True)
class Property:
    """An input of a resource.

    Attributes:
        required: Whether a program must give it.
        replaces: Whether another value means another resource.
        computed: Whether leaving it out keeps what the cloud has, instead of unsetting it.
        default: What it is when a program leaves it out.
    """

    required: bool = False
    replaces: bool = False
    computed: bool = False
    default: Any = None


_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
PLUGINS = {name: PluginFacts(**facts) for name, facts in _TABLES["plugins"].items()}
PROPERTIES = {
    token: {name: Property(**rule) for name, rule in rules.items()} for token, rules in _TABLES["properties"].items()
}


class Failed(Exception):
    """An expected error: one line for a person."""


class InitFailed(Exception):
    """The resource exists but did not become usable: the engine records it, with the error, and the run fails."""

    def __init__(self, resource_id: str, outputs: Values, reason: str) -> None:
        super().__init__(reason)
        self.resource_id = resource_id
        self.outputs = outputs


@dataclass(frozen=True)
class Access:
    """What a provider's config comes to: where calls go, and with which keys."""

    region: str
    protocol: str
    address: str
    """host:port, of this machine."""
    key: str
    secret: str
    token: str | None


class NativeResource(ABC):
    """A kind of resource in the region and account that the provider is configured for.

    Every method raises Failed where the cloud refuses or cannot be asked.
    """

    PLUGIN: ClassVar[str]
    """The plugin's name: `alicloud`."""
    NOUN: ClassVar[str]
    """What it is to people: `image`."""
    TOKEN: ClassVar[str]
    PROPERTIES: ClassVar[Mapping[str, Property]]

    def __init__(self, access: Access, poll_seconds: float) -> None:
        self._region = access.region
        self._poll_seconds = poll_seconds
        self._client = self.connect(access)

    @classmethod
    def from_config(cls, config: Values, environment: Mapping[str, str]) -> Self:
        """Read the provider's config; raises Failed when it cannot be used or names another machine."""
        facts = PLUGINS[cls.PLUGIN]
        given = {
            part: str(config.get(key) or next((environment[name] for name in names if environment.get(name)), ""))
            for part, (key, *names) in facts.config.items()
        }
        if not given["region"]:
            variable = facts.config["region"][1]
            raise Failed(f"the {cls.PLUGIN} provider has no region. Next: set `region`, or {variable}")
        variable = f"REPLICAS_{facts.service.upper()}_ENDPOINT"
        text = environment.get(variable) or cls.configured_endpoint(config, given["endpoint"])
        protocol, address = _loopback(text, given["protocol"], variable)
        if not (given["key"] and given["secret"]):
            names = f"{facts.config['key'][1]} and {facts.config['secret'][1]}"
            raise Failed(f"the {cls.PLUGIN} provider has no keys. Next: set {names}")
        access = Access(given["region"], protocol, address, given["key"], given["secret"], given["token"] or None)
        return cls(access, float(environment.get("REPLICAS_PLUGIN_POLL_SECONDS") or 1))

    @classmethod
    @abstractmethod
    def connect(cls, access: Access) -> Any:
        """Return the SDK's client; it calls nothing yet."""

    @classmethod
    def configured_endpoint(cls, config: Values, given: str) -> str:  # noqa: ARG003 - for a list of endpoints
        """Return the endpoint that the provider's config names, or ""."""
        return given

    @classmethod
    def check(cls, inputs: Values) -> list[tuple[str, str]]:  # noqa: ARG003 - most plugins leave it to the cloud
        """Name the properties that the plugin refuses before any call, each with the reason."""
        return []

    def create(self, inputs: Values, timeout: float) -> tuple[str, Values]:
        """Create it, wait until it is usable, and return its id and outputs.

        `inputs` are checked; `timeout` is in seconds, and 0 stands for the plugin's own.

        Raises:
            InitFailed: It was created and did not become usable.
        """
        resource_id = self.start(inputs)
        try:
            self.await_usable(resource_id, timeout)
            outputs = self.read(resource_id, inputs)
        except Failed as error:
            raise InitFailed(resource_id, inputs, str(error)) from None
        if outputs is None:
            raise InitFailed(resource_id, inputs, f"{self.NOUN} {resource_id} in {self._region} is gone")
        return resource_id, outputs

    def read(self, resource_id: str, outputs: Values) -> Values | None:
        """Return the outputs as the cloud has them now, on top of the recorded ones; None when it is gone."""
        found = self.find(resource_id)
        return None if found is None else self.outputs(outputs, found)

    @abstractmethod
    def update(self, resource_id: str, olds: Values, news: Values) -> Values:
        """Change what can be changed in place, and return the outputs."""

    @abstractmethod
    def delete(self, resource_id: str, outputs: Values, timeout: float) -> None:
        """Delete it, and wait until it is gone."""

    @abstractmethod
    def start(self, inputs: Values) -> str:
        """Make the call that creates it, and return its id."""

    @abstractmethod
    def await_usable(self, resource_id: str, timeout: float) -> None:
        """Wait until it is usable; raises Failed when it ends otherwise, or not in time."""

    @abstractmethod
    def find(self, resource_id: str) -> Any:
        """Return it as the SDK describes it, or None when it is not listed."""

    @abstractmethod
    def outputs(self, known: Values, found: Any) -> Values:
        """Return the outputs of what was found, on top of those that are known."""

    def looks(self, seconds: float) -> Iterator[None]:
        """Pause before each look, as long as there is time left."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(self._poll_seconds, left))
            yield


def _loopback(text: str, protocol: str, variable: str) -> tuple[str, str]:
    """Read `host:port` or `http://host:port`, which must be of this machine; `variable` names one to a person."""
    if not text:
        raise Failed(f"this is the sandbox's stand-in and it has no endpoint. Next: set {variable} to the sandbox's")
    parts = urlsplit(text if "://" in text else f"{protocol.lower() or 'http'}://{text}")
    try:
        known = bool(parts.hostname) and parts.port != 0 and parts.scheme in {"http", "https"}
    except ValueError:
        known = False
    if not known or not is_loopback(str(parts.hostname)):
        raise Failed(f"this is the sandbox's stand-in: it calls nothing but loopback, not {text}. Next: {REAL_PLUGIN}")
    return parts.scheme, parts.netloc.rpartition("@")[2]
