"""Decides whether a signed request is accepted, and as whom.

Order as at a gateway: readable signature, known key, time, signature, nonce, temporary credentials. Nothing of a
refused request is kept, except that its nonce is used once its signature was right.
"""

from sandbox.alibaba.errors import gateway_error
from sandbox.alibaba.signatures import SCHEMES, SignedRequest
from sandbox.core.accounts import AccessKey, Accounts
from sandbox.core.clock import Clock
from sandbox.core.settings import Settings
from sandbox.core.store import Store

WINDOW_SECONDS = 15 * 60


class Authentication:
    """Checks requests against the accounts."""

    def __init__(self, store: Store, clock: Clock, accounts: Accounts, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._settings = settings

    def admit(self, request: SignedRequest) -> AccessKey:
        """The key that signed the request; raises ApiError when it is not accepted."""
        claim = next(filter(None, (read(request) for read in SCHEMES)), None)
        if claim is None:
            raise gateway_error("IncompleteSignature")
        key = self._accounts.find(claim.access_key_id)
        if key is None:
            raise gateway_error("InvalidAccessKeyId.NotFound")
        wall = self._clock.wall()
        if abs(wall + self._settings.current().clock_ahead_seconds - claim.signed_at) > WINDOW_SECONDS:
            raise gateway_error("InvalidTimeStamp.Expired")
        claim.verify(key.access_key_secret)
        # A request with an older nonce no longer passes the time check.
        self._store.run("DELETE FROM nonces WHERE seen_at < ?", (wall - 2 * WINDOW_SECONDS,))
        identity = (claim.access_key_id, claim.nonce)
        if self._store.rows("SELECT 1 FROM nonces WHERE access_key_id = ? AND nonce = ?", identity):
            raise gateway_error("SignatureNonceUsed")
        self._store.run("INSERT INTO nonces VALUES (?, ?, ?)", (*identity, wall))
        if key.security_token is not None and claim.security_token is None:
            raise gateway_error("MissingSecurityToken")
        if claim.security_token != key.security_token:
            raise gateway_error("InvalidSecurityToken.MismatchWithAccessKey")
        if key.expires is not None and self._clock.now() >= key.expires:
            raise gateway_error("InvalidSecurityToken.Expired")
        return key
