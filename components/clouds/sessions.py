"""How the vendors' SDKs reach a host: loopback never through a proxy, and an error says through which proxy it came.

The SDKs take HTTP_PROXY for this machine, too, whatever NO_PROXY names.
"""

from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.utils import select_proxy
from typing_extensions import override

from components.clouds import endpoints


class Session(requests.Session):
    """What an SDK sends requests with, in place of its own."""

    @override
    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        url = request.url or ""
        if endpoints.is_loopback(url):
            kwargs["proxies"] = {}
        try:
            return super().send(request, **kwargs)
        except requests.exceptions.ProxyError as error:
            proxy = urlsplit(str(select_proxy(url, kwargs.get("proxies"))))
            place = f"{proxy.hostname}:{proxy.port}" if proxy.port else proxy.hostname
            raise requests.exceptions.ProxyError(f"through the proxy {place}: {error}", request=request) from None


def used_by(module: str, core: str) -> None:
    """Have a library of Alibaba's SDKs send with it, also to a host that it has asked before.

    Args:
        module: Where the library makes its sessions.
        core: The class there that keeps one for each host.
    """
    library = import_module(module)
    setattr(library, "Session", Session)  # noqa: B010 - a module has no such attribute for mypy
    kept: dict[str, requests.Session] = getattr(library, core)._sessions  # noqa: SLF001 - it has no setting for it
    for host in [host for host, session in kept.copy().items() if not isinstance(session, Session)]:
        kept.pop(host, None)
