"""Signature schemes: is this request signed with this secret?

A scheme reads a request's claim (which key, when, which nonce), whose `verify` recomputes the signature from what
arrived. Who the key belongs to, time windows and nonces are `authentication`'s business. Another scheme is
another function in `SCHEMES`. Every scheme works for every Alibaba service.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, quote

from sandbox.alibaba.errors import gateway_error, missing_parameter, signature_mismatch

FORM = "application/x-www-form-urlencoded"
_V1_REQUIRED = ("AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp")
SIGNATURE_PARAMETERS = frozenset({*_V1_REQUIRED, "SignatureType", "SecurityToken"})
"""What a scheme that signs with parameters adds to those of the call."""
_ACS3 = "ACS3-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    rf"{_ACS3} Credential=(?P<key>[^,]+),\s*SignedHeaders=(?P<headers>[^,]+),\s*Signature=(?P<hex>[0-9A-Za-z]+)"
)
_ALWAYS_SIGNED = ("host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce")
_SIGNED_IF_SENT = ("x-acs-content-sha256", "x-acs-security-token", "content-type")


@dataclass(frozen=True)
class SignedRequest:
    """What a signature can cover, as it arrived."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    """Names in lower case; Host as the client sent it, whatever the request target says."""
    body: bytes
    raw_query: str
    """The query as it was written, for schemes that sign it so."""

    @property
    def form(self) -> list[tuple[str, str]]:
        """The parameters in the body, when it is a form."""
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            return []
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)


@dataclass(frozen=True)
class SignatureClaim:
    """What a request claims, not yet verified."""

    access_key_id: str
    signed_at: float
    nonce: str
    security_token: str | None
    verify: Callable[[str], None]
    """Raises ApiError unless the signature was made with this secret."""


def acs3(request: SignedRequest) -> SignatureClaim | None:
    """ACS3-HMAC-SHA256, named by the Authorization header: the vendor's current SDKs."""
    authorization = request.headers.get("authorization", "")
    if not authorization.startswith(_ACS3):
        return None
    match = _AUTHORIZATION.fullmatch(authorization)
    signed = match["headers"].split(";") if match else []
    optional = (name for name in _SIGNED_IF_SENT if name in request.headers)
    if match is None or not {*_ALWAYS_SIGNED, *optional} <= set(signed) <= set(request.headers):
        raise gateway_error("IncompleteSignature")
    signature = match["hex"]

    def verify(secret: str) -> None:
        payload = hashlib.sha256(request.body).hexdigest()
        headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in signed)
        canonical = [
            "\n".join((request.method, request.path, query, headers, ";".join(signed), payload))
            for query in _canonical_queries(request.query)
        ]
        to_sign = [f"{_ACS3}\n{hashlib.sha256(text.encode()).hexdigest()}" for text in canonical]
        expected = [hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest() for text in to_sign]
        claimed_payload = request.headers.get("x-acs-content-sha256", payload)
        if claimed_payload != payload or not any(hmac.compare_digest(one, signature) for one in expected):
            raise signature_mismatch(to_sign[0], canonical[0])

    return SignatureClaim(
        access_key_id=match["key"],
        signed_at=_moment(request.headers["x-acs-date"]),
        nonce=request.headers["x-acs-signature-nonce"],
        security_token=request.headers.get("x-acs-security-token"),
        verify=verify,
    )


def _canonical_queries(pairs: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """The query in the two forms that clients sign: as specified, and as the Python SDK does it.

    Clients put `+` on the wire where the canonical form has `%20`, so both are built from the decoded
    parameters, never from the raw text. The Python SDK leaves parameter names as they are; that differs from
    the specification only for names such as `DataSource.Options.#6#repoId`.
    """
    values = [(name, quote(value, safe="~")) for name, value in sorted(pairs)]
    specified = "&".join(f"{quote(name, safe='~')}={value}" for name, value in values)
    return specified, "&".join(f"{name}={value}" for name, value in values)


def v1(request: SignedRequest) -> SignatureClaim | None:
    """RPC signature 1.0, HMAC-SHA1 over query and form together: older SDKs, and the real alicloud plugin."""
    parameters = dict([*request.query, *request.form])
    if "authorization" in request.headers or set(_V1_REQUIRED).isdisjoint(parameters):
        return None
    for name in (*_V1_REQUIRED, "Action", "Version"):
        if not parameters.get(name):
            raise missing_parameter(name)
    how = (parameters["SignatureMethod"], parameters["SignatureVersion"], parameters.get("SignatureType", ""))
    # Go clients send an empty SignatureType; any other type is another scheme.
    if how != ("HMAC-SHA1", "1.0", ""):
        raise gateway_error("IncompleteSignature")
    signature = parameters.pop("Signature")

    def verify(secret: str) -> None:
        pairs = (f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(parameters.items()))
        to_sign = f"{request.method}&%2F&{quote('&'.join(pairs), safe='~')}"
        expected = base64.b64encode(hmac.new(f"{secret}&".encode(), to_sign.encode(), hashlib.sha1).digest())
        # The gateway trusts these headers, which this scheme does not cover: they must say the same.
        twins = {"x-acs-action": parameters["Action"], "x-acs-version": parameters["Version"]}
        same = all(request.headers.get(header, value) == value for header, value in twins.items())
        if not hmac.compare_digest(expected, signature.encode()) or not same:
            raise signature_mismatch(to_sign)

    return SignatureClaim(
        access_key_id=parameters["AccessKeyId"],
        signed_at=_moment(parameters["Timestamp"]),
        nonce=parameters["SignatureNonce"],
        security_token=parameters.get("SecurityToken") or None,
        verify=verify,
    )


def _moment(text: str) -> float:
    try:
        return datetime.strptime(f"{text}+0000", "%Y-%m-%dT%H:%M:%SZ%z").timestamp()
    except ValueError:
        raise gateway_error("InvalidTimeStamp.Format") from None


SCHEMES = (acs3, v1)
"""Each reads the claim of a request that is signed in its way, and returns None for any other."""
