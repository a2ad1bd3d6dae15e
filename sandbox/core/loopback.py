"""Which addresses are of this machine: nothing of the sandbox listens on, or calls, any other."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
