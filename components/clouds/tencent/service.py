"""What all services of Tencent Cloud share: requests are sent through the SDK's client for any service, at a pace."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import ClassVar

from components.clouds.listings import Entry
from components.clouds.service import Service
from components.clouds.tencent.calls import TencentCalls
from components.clouds.tencent.connection import Connection


class TencentService(Service[Entry]):
    """A service of Tencent Cloud.

    Args:
        connection: Endpoint and credentials.
        sleep: Injected by tests.
        clock: Seconds, monotonic. Injected by tests.
    """

    version: ClassVar[str]
    """Version of its API: `2017-03-12`."""
    per_second: ClassVar[Mapping[str, float]]
    """Action -> requests a second that one process may send; the others have the limit of ""."""

    def __init__(
        self,
        connection: Connection,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        api = (self.name, self.version)
        calls = TencentCalls(connection, self.errors, self.answers, api=api, per_second=self.per_second, sleep=sleep)
        super().__init__(calls, clock)
