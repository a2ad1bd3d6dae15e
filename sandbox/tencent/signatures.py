"""Tencent Cloud's signature schemes: is this request signed with this secret?

As in `signatures`, a scheme reads a request's claim and recomputes the signature from what arrived, and knows
nothing of accounts and time windows.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.alibaba.signatures import SignedRequest
from sandbox.tencent.errors import bad_value, common

_SECONDS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True)
class SignatureClaim:
    """What a request says about itself, not yet verified."""

    secret_id: str
    signed_at: float
    token: str | None
    service: str | None
    """The service that the signature is for, where the scheme names it."""


class Tc3:
    """TC3-HMAC-SHA256: everything about it is in headers."""

    algorithm = "TC3-HMAC-SHA256"
    must_be_signed = frozenset({"content-type", "host"})
    unsigned_payload = "UNSIGNED-PAYLOAD"
    _authorization = re.compile(
        r"TC3-HMAC-SHA256 Credential=(?P<id>[^/,\s]+)/(?P<date>\d{4}-\d\d-\d\d)/(?P<service>[a-z0-9]+)/tc3_request,"
        r"\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<hex>[0-9a-f]{64})"
    )

    def claim(self, request: SignedRequest) -> SignatureClaim:
        """From the Authorization, X-TC-Timestamp and X-TC-Token headers."""
        parts = self._parts(request)
        return SignatureClaim(
            secret_id=parts["id"],
            signed_at=_seconds(request.headers.get("x-tc-timestamp"), "X-TC-Timestamp"),
            token=request.headers.get("x-tc-token"),
            service=parts["service"],
        )

    def verify(self, request: SignedRequest, secret: str) -> None:
        """Compare with the signature computed from the canonical request."""
        parts = self._parts(request)
        date = datetime.fromtimestamp(int(request.headers["x-tc-timestamp"]), UTC).strftime("%Y-%m-%d")
        key = f"TC3{secret}".encode()
        for step in (parts["date"], parts["service"], "tc3_request"):
            key = hmac.new(key, step.encode(), hashlib.sha256).digest()
        signed = [self._string_to_sign(request, parts, as_written).encode() for as_written in (False, True)]
        expected = [hmac.new(key, text, hashlib.sha256).hexdigest() for text in signed]
        matching = any(hmac.compare_digest(one, parts["hex"]) for one in expected)
        if parts["date"] != date or not matching:
            raise common("AuthFailure.SignatureFailure")

    def _string_to_sign(self, request: SignedRequest, parts: Mapping[str, str], as_written: bool) -> str:
        """With header values in lower case as specified, or as written, which is what the SDKs sign."""
        headers = ""
        for name in parts["headers"].split(";"):
            value = request.headers[name].strip()
            headers += f"{name}:{value if as_written else value.lower()}\n"
        payload = b"" if request.method == "GET" else request.body
        if request.headers.get("x-tc-content-sha256") == self.unsigned_payload:
            payload = self.unsigned_payload.encode()
        query = request.raw_query if request.method == "GET" else ""
        digest = hashlib.sha256(payload).hexdigest()
        canonical = "\n".join((request.method, "/", query, headers, parts["headers"], digest))
        scope = f"{parts['date']}/{parts['service']}/tc3_request"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        return "\n".join((self.algorithm, request.headers["x-tc-timestamp"], scope, hashed))

    def _parts(self, request: SignedRequest) -> Mapping[str, str]:
        match = self._authorization.fullmatch(request.headers.get("authorization", ""))
        signed = set(match["headers"].split(";")) if match else set()
        if match is None or not self.must_be_signed <= signed <= set(request.headers):
            raise common("AuthFailure.InvalidAuthorization")
        return match.groupdict()


class FormSignature:
    """Signature method v1: HmacSHA1 or HmacSHA256 over the parameters of a query or a form."""

    digests: Mapping[str, str] = {"HmacSHA1": "sha1", "HmacSHA256": "sha256"}

    def __init__(self, params: Mapping[str, str]) -> None:
        """`params` are all that were sent, the common ones too."""
        self._params = params

    def claim(self, request: SignedRequest) -> SignatureClaim:  # noqa: ARG002 - all of it is in the parameters
        """From the parameters SecretId, Timestamp, Nonce and Token."""
        for name in ("SecretId", "Timestamp", "Nonce", "Signature"):
            if not self._params.get(name):
                raise common("MissingParameter", name)
        return SignatureClaim(
            secret_id=self._params["SecretId"],
            signed_at=_seconds(self._params["Timestamp"], "Timestamp"),
            token=self._params.get("Token"),
            service=None,
        )

    def verify(self, request: SignedRequest, secret: str) -> None:
        """Compare with the signature computed from the sorted parameters as they are, not encoded."""
        digest = self.digests.get(self._params.get("SignatureMethod", "HmacSHA1"))
        if digest is None:
            raise bad_value("SignatureMethod", "it must be HmacSHA1 or HmacSHA256")
        pairs = "&".join(f"{name}={value}" for name, value in sorted(self._params.items()) if name != "Signature")
        text = f"{request.method}{request.headers.get('host', '')}/?{pairs}"
        expected = base64.b64encode(hmac.new(secret.encode(), _bytes(text), digest).digest())
        if not hmac.compare_digest(expected, _bytes(self._params["Signature"])):
            raise common("AuthFailure.SignatureFailure")


Scheme = Tc3 | FormSignature
"""One way of signing: both read the claim, and raise ApiError when it or the signature is wrong."""


def _seconds(text: str | None, name: str) -> float:
    if not text:
        raise common("MissingParameter", name)
    if not _SECONDS.fullmatch(text):
        raise bad_value(name, "it must be a UNIX timestamp in seconds")
    return float(text)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
