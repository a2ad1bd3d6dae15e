"""ClientToken: the same request sent twice is done once.

A token belongs to an account and an action and is kept for 24 hours of the sandbox's clock. The same
parameters get the first answer again, even when what it made is gone by then; other parameters are refused. A
refused call leaves its token unused.
"""

import hashlib
import json
from typing import Any

from sandbox.alibaba.errors import gateway_error, invalid_parameter
from sandbox.alibaba.rpc import Call, Handler
from sandbox.alibaba.signatures import SIGNATURE_PARAMETERS
from sandbox.core.store import Store

COMMON = SIGNATURE_PARAMETERS | {"Action", "Version", "Format"}
"""What any call may have next to the parameters of its action."""
KEPT_SECONDS = 24 * 3600
MAX_LENGTH = 64


class ClientTokens:
    """The tokens of the last 24 hours and their answers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def once(self, handler: Handler) -> Handler:
        """The handler of an action that has a ClientToken parameter."""

        def replaying(call: Call) -> dict[str, Any]:
            token = call.params.get("ClientToken")
            if not token:
                return handler(call)
            if len(token) > MAX_LENGTH or not token.isascii():
                reason = f"it must be ASCII and not exceed {MAX_LENGTH} characters"
                raise invalid_parameter("ClientToken", reason)
            identity = (call.account, call.service, call.action, token)
            # The same in every attempt of a client that signs each again.
            own = [(name, value) for name, value in call.params.items() if name not in COMMON]
            digest = hashlib.sha256(json.dumps(sorted(own)).encode()).hexdigest()
            kept = self._store.rows(
                "SELECT digest, answer FROM client_tokens"
                " WHERE account = ? AND service = ? AND action = ? AND token = ? AND used_at > ?",
                (*identity, call.now - KEPT_SECONDS),
            )
            if kept and kept[0][0] != digest:
                raise gateway_error("IdempotentParameterMismatch")
            answer: dict[str, Any] = json.loads(kept[0][1]) if kept else handler(call)
            if not kept:
                self._store.run(
                    "INSERT OR REPLACE INTO client_tokens VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (*identity, digest, json.dumps(answer), call.now),
                )
            return answer

        return replaying
