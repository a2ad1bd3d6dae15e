"""Signature schemes: is this request signed with this secret?

A scheme reads a request's claim (which key, when, which nonce) and recomputes the signature from what
arrived. Who the key belongs to, time windows and nonces are `authentication`'s business. Another scheme is
another class with the methods of `Scheme`, added to `SCHEMES`. Every scheme works for every Alibaba service.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import parse_qsl, quote

from sandbox.alibaba.errors import gateway_error, missing_parameter, signature_mismatch

FORM = "application/x-www-form-urlencoded"
TIMESTAMP = "%Y-%m-%dT%H:%M:%SZ"
SIGNATURE_PARAMETERS = frozenset(
    {
        *("AccessKeyId", "SecurityToken", "Timestamp"),
        *("Signature", "SignatureMethod", "SignatureNonce", "SignatureType", "SignatureVersion"),
    }
)
"""What a scheme that signs with parameters adds to those of the call."""


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


class Scheme(Protocol):
    """One way of signing."""

    def recognises(self, request: SignedRequest) -> bool:
        """Whether the request looks signed in this way."""

    def claim(self, request: SignedRequest) -> SignatureClaim:
        """Read the claim; raises ApiError when it cannot be read."""

    def verify(self, request: SignedRequest, secret: str) -> None:
        """Raise ApiError unless the signature was made with the secret."""


class Acs3:
    """ACS3-HMAC-SHA256, which the vendor's current SDKs use."""

    algorithm = "ACS3-HMAC-SHA256"
    must_be_signed = ("host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce")
    must_be_signed_if_sent = ("x-acs-content-sha256", "x-acs-security-token", "content-type")
    _authorization = re.compile(
        r"ACS3-HMAC-SHA256 Credential=(?P<key>[^,]+),\s*SignedHeaders=(?P<headers>[^,]+),"
        r"\s*Signature=(?P<hex>[0-9A-Za-z]+)"
    )

    def recognises(self, request: SignedRequest) -> bool:
        """By the algorithm that the Authorization header names."""
        return request.headers.get("authorization", "").startswith(self.algorithm)

    def claim(self, request: SignedRequest) -> SignatureClaim:
        """From the Authorization header and the x-acs-* headers."""
        key, signed, _ = self._parts(request)
        optional = (name for name in self.must_be_signed_if_sent if name in request.headers)
        if not {*self.must_be_signed, *optional} <= set(signed):
            raise gateway_error("IncompleteSignature")
        return SignatureClaim(
            access_key_id=key,
            signed_at=_moment(request.headers["x-acs-date"]),
            nonce=request.headers["x-acs-signature-nonce"],
            security_token=request.headers.get("x-acs-security-token"),
        )

    def verify(self, request: SignedRequest, secret: str) -> None:
        """Compare with the signature computed from the canonical request."""
        _, signed, signature = self._parts(request)
        payload = hashlib.sha256(request.body).hexdigest()
        headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in signed)
        canonical = [
            "\n".join((request.method, request.path, query, headers, ";".join(signed), payload))
            for query in canonical_queries(request.query)
        ]
        to_sign = [f"{self.algorithm}\n{hashlib.sha256(text.encode()).hexdigest()}" for text in canonical]
        expected = [hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest() for text in to_sign]
        claimed_payload = request.headers.get("x-acs-content-sha256", payload)
        if claimed_payload != payload or not any(hmac.compare_digest(one, signature) for one in expected):
            raise signature_mismatch(to_sign[0], canonical[0])

    def _parts(self, request: SignedRequest) -> tuple[str, list[str], str]:
        match = self._authorization.fullmatch(request.headers.get("authorization", ""))
        if match is None:
            raise gateway_error("IncompleteSignature")
        signed = match["headers"].split(";")
        if not set(signed) <= set(request.headers):
            raise gateway_error("IncompleteSignature")
        return match["key"], signed, match["hex"]


def canonical_queries(pairs: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """The query in the two forms that clients sign: as specified, and as the Python SDK does it.

    Clients put `+` on the wire where the canonical form has `%20`, so both are built from the decoded
    parameters, never from the raw text. The Python SDK leaves parameter names as they are; that differs from
    the specification only for names such as `DataSource.Options.#6#repoId`.
    """
    values = [(name, quote(value, safe="~")) for name, value in sorted(pairs)]
    specified = "&".join(f"{quote(name, safe='~')}={value}" for name, value in values)
    return specified, "&".join(f"{name}={value}" for name, value in values)


class V1:
    """RPC signature 1.0, HMAC-SHA1 over all parameters: older SDKs, and what the real alicloud plugin uses."""

    method, version = "HMAC-SHA1", "1.0"
    required = ("AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp")
    unsigned_twins = (("x-acs-action", "Action"), ("x-acs-version", "Version"))

    def recognises(self, request: SignedRequest) -> bool:
        """By any of the parameters that only this scheme has."""
        return "authorization" not in request.headers and not set(self.required).isdisjoint(self._parameters(request))

    def claim(self, request: SignedRequest) -> SignatureClaim:
        """From the parameters, in the query or in the form."""
        parameters = self._parameters(request)
        for name in (*self.required, "Action", "Version"):
            if not parameters.get(name):
                raise missing_parameter(name)
        how = (parameters["SignatureMethod"], parameters["SignatureVersion"], parameters.get("SignatureType", ""))
        # Go clients send an empty SignatureType; any other type is another scheme.
        if how != (self.method, self.version, ""):
            raise gateway_error("IncompleteSignature")
        return SignatureClaim(
            access_key_id=parameters["AccessKeyId"],
            signed_at=_moment(parameters["Timestamp"]),
            nonce=parameters["SignatureNonce"],
            security_token=parameters.get("SecurityToken") or None,
        )

    def verify(self, request: SignedRequest, secret: str) -> None:
        """Compare with the signature computed over query and form together."""
        parameters = self._parameters(request)
        signature = parameters.pop("Signature")
        pairs = (f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(parameters.items()))
        to_sign = f"{request.method}&%2F&{quote('&'.join(pairs), safe='~')}"
        digest = hmac.new(f"{secret}&".encode(), to_sign.encode(), hashlib.sha1).digest()
        expected = base64.b64encode(digest)
        # The gateway believes these headers, which this scheme does not cover: they must say the same.
        twins = [
            request.headers.get(header, parameters[name]) == parameters[name] for header, name in self.unsigned_twins
        ]
        if not hmac.compare_digest(expected, signature.encode()) or not all(twins):
            raise signature_mismatch(to_sign)

    def _parameters(self, request: SignedRequest) -> dict[str, str]:
        return dict([*request.query, *request.form])


def _moment(text: str) -> float:
    try:
        return datetime.strptime(f"{text}+0000", f"{TIMESTAMP}%z").timestamp()
    except ValueError:
        raise gateway_error("InvalidTimeStamp.Format") from None


SCHEMES: tuple[Scheme, ...] = (Acs3(), V1())
