"""Decides whether a signed request to Tencent Cloud is let in, and as whom.

Order as at the gateway: readable signature, known SecretId, time, signature, temporary credentials,
permission. A request may be sent twice: neither scheme's reference says that a Nonce is remembered, and
TC3 has none.
"""

from sandbox.alibaba.signatures import SignedRequest
from sandbox.core.accounts import AccessKey, Accounts
from sandbox.core.clock import Clock
from sandbox.tencent import errors as tencent_errors
from sandbox.tencent.signatures import Scheme, SignatureClaim

WINDOW_SECONDS = 5 * 60


class TencentAuthentication:
    """Checks requests against the accounts."""

    def __init__(self, clock: Clock, accounts: Accounts) -> None:
        self._clock = clock
        self._accounts = accounts

    def admit(self, request: SignedRequest, scheme: Scheme, service: str, action: str) -> AccessKey:
        """The key that signed the request; raises ApiError when it is not let in or may not call the action."""
        claim = scheme.claim(request)
        key = self._accounts.find(claim.secret_id)
        if key is None:
            raise tencent_errors.common("AuthFailure.SecretIdNotFound")
        if abs(self._clock.wall() - claim.signed_at) > WINDOW_SECONDS:
            raise tencent_errors.common("AuthFailure.SignatureExpire")
        scheme.verify(request, key.access_key_secret)
        if claim.service not in {None, service}:
            raise tencent_errors.common("AuthFailure.SignatureFailure")
        self._check_token(key, claim)
        if not key.may(service, action):
            raise tencent_errors.common("AuthFailure.UnauthorizedOperation", service, action)
        return key

    def _check_token(self, key: AccessKey, claim: SignatureClaim) -> None:
        expired = key.expires is not None and self._clock.now() >= key.expires
        if claim.token != key.security_token or expired:
            raise tencent_errors.common("AuthFailure.TokenFailure")
