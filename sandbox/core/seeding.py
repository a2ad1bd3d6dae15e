"""Seeds: what exists before the first call of an API, written down as JSON.

Seeding is by explicit id and idempotent: the same seed twice leaves what it left the first time, and a
resource that exists is put back to what the seed says. It checks the form of a seed, not the cloud's rules,
so that a test can start from any state.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, create_model

from sandbox.alibaba.account_state import AccountState, AccountStates
from sandbox.core.accounts import AccessKey, KeyFacts
from sandbox.core.gateway import Shared
from sandbox.core.seed_part import Section, SeedPart, entries


class KeySeed(KeyFacts):
    """An access key; with `security_token` a temporary one, with `user` that of a RAM user."""

    expires_in_seconds: float | None = None


class AccountSeed(SeedPart):
    """An account, its keys and its state; a state replaces the whole former one, none leaves it."""

    id: str = Field(min_length=1)
    keys: list[KeySeed] = Field(default_factory=list)
    state: AccountState | None = None


class Seeding:
    """Puts seeds into the sandbox."""

    def __init__(self, shared: Shared, sections: Mapping[str, Section]) -> None:
        """`sections` are those of the services; accounts are everybody's."""
        self._shared = shared
        self._states = AccountStates(shared.store)
        self._sections = {"accounts": entries(AccountSeed, self._plant_account), **sections}
        fields: dict[str, Any] = {
            name: (section.form, Field(default_factory=section.form)) for name, section in self._sections.items()
        }
        self._form = create_model("Seed", __base__=SeedPart, **fields)

    def plant(self, seed: Any) -> dict[str, int]:
        """Put in all of it or nothing; returns how much of each kind, or raises pydantic.ValidationError."""
        read = self._form.model_validate(seed)
        counts = {}
        with self._shared.store.transaction():
            for name, section in self._sections.items():
                value = getattr(read, name)
                section.plant(value, self._shared.clock.now())
                counts[section.counted_as or name] = section.size(value)
        return counts

    def _plant_account(self, account: AccountSeed, now: float) -> None:
        for key in account.keys:
            fields = key.model_dump(exclude={"expires_in_seconds"})
            lifetime = key.expires_in_seconds
            expires = None if lifetime is None else now + lifetime
            self._shared.accounts.put(AccessKey(account=account.id, expires=expires, **fields))
        if account.state is not None:
            self._states.put(account.id, account.state)
