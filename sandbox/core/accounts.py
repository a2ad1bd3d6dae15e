"""Who may call: access keys, the account each belongs to, and what is denied to it.

The same keys open all clouds here: what Alibaba Cloud calls access key id and secret, Tencent Cloud calls
SecretId and SecretKey. The default key is public and works without any seed, so that a sandbox is usable at
once. No real credential belongs here.
"""

import hashlib
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field

from sandbox.core.default_key import ACCESS_KEY_ID, ACCESS_KEY_SECRET, ACCOUNT_ID
from sandbox.core.store import Store

__all__ = ["ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "ACCOUNT_ID", "DEFAULT_KEY", "AccessKey", "Accounts", "KeyFacts"]

DEFAULT_ROLE = "sandbox"
"""The role of a temporary key that names no `user`."""


class KeyFacts(BaseModel):
    """What a seed says of a key, and the key keeps as it is."""

    model_config = ConfigDict(extra="forbid")

    access_key_id: str = Field(min_length=1)
    access_key_secret: str = Field(min_length=1)
    user: str | None = None
    """Name of the RAM user; None is the account itself."""
    denied_actions: list[str] = []
    """Patterns such as eci:DeleteDataCache or eci:*."""
    security_token: str | None = None
    """Set for a temporary key, which is good only together with this token."""


class AccessKey(KeyFacts):
    """A key pair of an account, of one of its RAM users, or a temporary one from STS."""

    account: str
    expires: float | None = None
    """When a temporary key ends, on the sandbox's clock."""

    def may(self, service: str, action: str) -> bool:
        """Whether this key may call an action."""
        return not any(fnmatchcase(f"{service}:{action}", pattern) for pattern in self.denied_actions)


DEFAULT_KEY = AccessKey(access_key_id=ACCESS_KEY_ID, access_key_secret=ACCESS_KEY_SECRET, account=ACCOUNT_ID)


class Accounts:
    """The keys that exist."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, access_key_id: str) -> AccessKey | None:
        """The key of this id, or None."""
        rows = self._store.rows("SELECT body FROM access_keys WHERE access_key_id = ?", (access_key_id,))
        if rows:
            return AccessKey.model_validate_json(rows[0][0])
        return DEFAULT_KEY if access_key_id == ACCESS_KEY_ID else None

    def put(self, key: AccessKey) -> None:
        """Add a key or replace the one of the same id."""
        self._store.run("INSERT OR REPLACE INTO access_keys VALUES (?, ?)", (key.access_key_id, key.model_dump_json()))


def stable_number(first: str, *parts: str) -> str:
    """The number of a user or a role: derived from its account and name, so that it never changes."""
    digest = hashlib.sha256("/".join(parts).encode()).hexdigest()
    return first + str(int(digest, 16))[:17]
