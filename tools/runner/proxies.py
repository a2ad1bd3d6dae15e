"""Keeps this machine out of every proxy: engine, plugins and program call each other on loopback."""

from collections.abc import Mapping

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def exempt_loopback(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which no proxy that the environment names is used for loopback.

    What reads one spelling of `no_proxy` may not read the other. gRPC, in the program, takes `grpc_proxy`,
    `https_proxy` and `http_proxy` for loopback, too, understands no `*`, and does not read `no_proxy` where there is a
    `no_grpc_proxy`.
    """
    upper, lower = environment.get("NO_PROXY"), environment.get("no_proxy")
    own = environment.get("no_grpc_proxy")
    return {
        "NO_PROXY": _with_loopback(upper or lower or ""),
        "no_proxy": _with_loopback(lower or upper or ""),
        "no_grpc_proxy": _with_loopback((lower or upper or "" if own is None else own).replace("*", "")),
    }


def _with_loopback(listed: str) -> str:
    if listed.strip() == "*":
        return listed  # nothing goes through a proxy
    hosts = [host for each in listed.split(",") if (host := each.strip())]
    return ",".join(dict.fromkeys([*hosts, *LOOPBACK]))
