"""Stack config of a vendor's Pulumi provider (`alicloud:profile`): the keys that are honoured, and what they may hold.

The native provider and the services called here read the same keys, so that both act as the same account. What the
vendor's provider knows and is not honoured is refused by name: ignored, it would make replicas in another account.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.clouds.errors import ReplicaError

Mistake = tuple[str, str]
"""Path, and what is wrong there; never with a value, which may be a secret."""


class ConfigRefused(ReplicaError):
    """Stack config of a vendor's provider has a mistake, or asks for what is not supported."""


@dataclass(frozen=True)
class Setting:
    """What a key may hold: text, unless `bounds`, `choices`, `is_flag` or `fields` say otherwise.

    Attributes:
        description: What it is, for people.
        bounds: Of a whole number.
        choices: The texts that are allowed.
        is_flag: It is true or false.
        fields: The keys of a map.
        required: Whether it must be given.
    """

    description: str = ""
    bounds: tuple[int, int] | None = None
    choices: tuple[str, ...] = ()
    is_flag: bool = False
    fields: Mapping[str, "Setting"] = field(default_factory=dict)
    required: bool = False

    def read(self, value: Any) -> tuple[Any, list[Mistake]]:
        """Read a value of raw stack config, where maps are JSON, and numbers and booleans may be text.

        Returns:
            The value, None where it cannot be used, and what is wrong with it.
        """
        if self.fields:
            return self._map(value)
        if self.bounds:
            least, most = self.bounds
            is_number = str(value).isdecimal() and least <= int(value) <= most
            return (int(value), []) if is_number else (None, [("", f"should be a whole number, {least} to {most}")])
        if self.is_flag:
            text = str(value).lower()
            return (text == "true", []) if text in {"true", "false"} else (None, [("", "should be true or false")])
        if not isinstance(value, str):
            return None, [("", "should be a text")]
        wrong = self.choices and value not in self.choices
        return (None, [("", f"should be {' or '.join(self.choices)}")]) if wrong else (value, [])

    def _map(self, value: Any) -> tuple[Any, list[Mistake]]:
        try:
            given = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            given = None
        if not isinstance(given, dict):
            return None, [("", "should be a map")]
        read = {key: self.fields[key].read(each) for key, each in given.items() if key in self.fields}
        found = [(f".{key}{path}", reason) for key, (_, wrong) in read.items() for path, reason in wrong]
        found += [
            (f".{key}", "is not a known key here: check its spelling") for key in given.keys() - self.fields.keys()
        ]
        missing = [key for key, each in self.fields.items() if each.required and key not in given]
        found += [(f".{key}", "is required") for key in missing]
        return None if found else {key: each for key, (each, _) in read.items()}, found


@dataclass(frozen=True)
class ProviderConfig:
    """The keys of one vendor's provider.

    Attributes:
        namespace: The vendor's, in stack config.
        keys: The settings that hold an access key: id, secret and token.
        sources: The settings that say where else credentials are, strongest first.
        others: What else is honoured, and how the sources are written.
        refused: Keys of the vendor's provider that decide who asks or where, and are not honoured.
        variables: Setting -> the environment variable that says the same to the vendor's provider.
        key_variables: Names of an access key in the environment: id, secret and token, of which each may have several.
    """

    namespace: str
    keys: tuple[str, str, str]
    sources: tuple[str, ...]
    others: Mapping[str, Setting]
    refused: tuple[str, ...]
    variables: Mapping[str, Any]
    key_variables: tuple[tuple[tuple[str, ...], ...], ...]

    @property
    def settings(self) -> Mapping[str, Setting]:
        """All settings that are honoured."""
        parts = ("Id of an access key", "Secret of the access key", "Token of a temporary access key")
        described = zip(self.keys, parts, strict=True)
        return {**{key: Setting(f"{part}; set it with --secret.") for key, part in described}, **self.others}

    @property
    def config_keys(self) -> tuple[str, ...]:
        """The config keys that decide anything here."""
        return tuple(f"{self.namespace}:{name}" for name in (*self.settings, *self.refused))

    def parse(
        self, config: Mapping[str, Any], environment: Mapping[str, str] = os.environ
    ) -> tuple[dict[str, Any], list[Mistake]]:
        """Read raw stack config (`namespace:key` -> text); an empty text is as good as none.

        Returns:
            Setting -> its value, and every mistake with its config path.
        """
        given = {
            key.partition(":")[2]: value
            for key, value in config.items()
            if key.partition(":")[0] == self.namespace and value is not None and value != ""
        }
        read = {key: self.settings[key].read(value) for key, value in given.items() if key in self.settings}
        found = [(f"{key}{path}", reason) for key, (_, wrong) in read.items() for path, reason in wrong]
        supported = ", ".join(self.settings)
        found += [(key, f"is not supported here; supported are {supported}") for key in given if key not in read]
        if self.environment_key(environment) is None:  # which comes before one in stack config
            found += self._incomplete(given)
        values = {key: value for key, (value, _) in read.items() if value is not None}
        return values, [(f"{self.namespace}:{path}", reason) for path, reason in found]

    def read(self, config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
        """Read raw stack config, and the variables that say the same to the vendor's provider where it says nothing.

        Raises:
            ConfigRefused: There is a mistake.
        """
        said = {f"{self.namespace}:{key}": value for key, value in self._of_environment(environment)}
        return self.of_config(said | {key: value for key, value in config.items() if value}, environment)

    def of_config(self, config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
        """Read raw stack config alone: nothing of the environment is in what it returns, which may get into a state.

        Raises:
            ConfigRefused: There is a mistake.
        """
        own = {key: config[key] for key in self.config_keys if config.get(key)}
        values, found = self.parse(own, environment)
        if found:
            problem = "; ".join(f"{path}: {reason}" for path, reason in found)
            raise ConfigRefused(problem, "correct the stack config, or the environment where it comes from there")
        return values

    def environment_key(self, environment: Mapping[str, str]) -> tuple[str, str, str] | None:
        """Return the access key of the environment, which comes before stack config; None without an id."""
        for names in self.key_variables:
            key_id, secret, token = (next(filter(None, map(environment.get, each)), "") for each in names)
            if key_id:
                return key_id, secret, token
        return None

    def overruled(self, config: Mapping[str, Any], environment: Mapping[str, str]) -> list[str]:
        """Return the config keys that are not used since the environment has an access key."""
        if self.environment_key(environment) is None:
            return []
        return [key for name in (*self.keys, *self.sources) if config.get(key := f"{self.namespace}:{name}")]

    def _of_environment(self, environment: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
        for key, name in self.variables.items():
            if isinstance(name, str):
                yield key, environment.get(name)
                continue
            block = {inner: environment[each] for inner, each in name.items() if environment.get(each)}
            if all(inner in block for inner, each in self.settings[key].fields.items() if each.required):
                yield key, block

    def _incomplete(self, given: Mapping[str, Any]) -> Iterator[Mistake]:
        key_id, secret, token = self.keys
        for one, other in ((key_id, secret), (secret, key_id)):
            if one in given and other not in given:
                yield other, f"is required with {self.namespace}:{one}"
        if token in given and not {key_id, secret} & given.keys():
            yield token, f"needs {self.namespace}:{key_id} and {self.namespace}:{secret} beside it"
