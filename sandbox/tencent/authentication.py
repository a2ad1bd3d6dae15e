"""Decides whether a signed request to Tencent Cloud is admitted, and as which account.

Order as at the gateway: readable signature, known SecretId, time, signature, temporary credentials, permission, and
then the request rate. A request may be sent twice: neither scheme's reference says that a Nonce is remembered, and TC3
has none.

The request rate is a limit per account and action, whatever the region. It is measured in real time, since it is about
the client's pace and not about what happens in the cloud. Any second that is looked at, not only a full one of the
clock, holds at most the limit; a refused request does not count.
"""

from sandbox.alibaba.signatures import SignedRequest
from sandbox.core.accounts import AccessKey
from sandbox.core.gateway import Shared
from sandbox.tencent.api import Service
from sandbox.tencent.errors import common
from sandbox.tencent.signatures import Scheme

CLOCK_SECONDS = 5 * 60
RATE_SECONDS = 1.0
USUAL_LIMIT = 20
"""Requests a second to an action for which the reference names no other limit; the setting is in place of it."""


def admit(shared: Shared, request: SignedRequest, scheme: Scheme, service: str, action: str) -> AccessKey:
    """The key that signed the request; raises ApiError when it is not admitted or may not call the action."""
    claim = scheme.claim(request)
    key = shared.accounts.find(claim.secret_id)
    if key is None:
        raise common("AuthFailure.SecretIdNotFound")
    wall = shared.clock.wall() + shared.settings.current().clock_ahead_seconds
    if abs(wall - claim.signed_at) > CLOCK_SECONDS:
        raise common("AuthFailure.SignatureExpire")
    scheme.verify(request, key.access_key_secret)
    if claim.service not in {None, service}:
        raise common("AuthFailure.SignatureFailure")
    expired = key.expires is not None and shared.clock.now() >= key.expires
    if claim.token != key.security_token or expired:
        raise common("AuthFailure.TokenFailure")
    if not key.may(service, action):
        raise common("AuthFailure.UnauthorizedOperation", service, action)
    return key


def count(shared: Shared, account: str, service: Service, action: str) -> None:
    """Note a request; raises ApiError when it is one too many."""
    now, called = shared.clock.wall(), (account, service.name, action)
    same = "FROM request_times WHERE account = ? AND service = ? AND action = ?"
    shared.store.run(f"DELETE {same} AND at <= ?", (*called, now - RATE_SECONDS))
    ((times,),) = shared.store.rows(f"SELECT count(*) {same}", called)
    limit = shared.settings.current().requests_per_second * service.limits.get(action, USUAL_LIMIT) // USUAL_LIMIT
    if times >= limit:
        raise common("RequestLimitExceeded", times + 1, limit)
    shared.store.run("INSERT INTO request_times VALUES (?, ?, ?, ?)", (*called, now))
