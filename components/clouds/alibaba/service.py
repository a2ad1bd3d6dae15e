"""What all services of Alibaba Cloud share: requests are sent through the SDK of the service."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from components.clouds.alibaba.calls import AlibabaCalls
from components.clouds.alibaba.connection import Connection
from components.clouds.listings import Entry
from components.clouds.service import Service


class AlibabaService(Service[Entry]):
    """A service of Alibaba Cloud.

    Args:
        connection: Endpoint and credentials.
        sleep: Injected by tests.
        clock: Seconds, monotonic. Injected by tests.
    """

    sdk: ClassVar[str]
    """Package of the service's SDK: `alibabacloud_eci20180808`."""

    _calls: AlibabaCalls

    def __init__(
        self,
        connection: Connection,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(AlibabaCalls(connection, self.errors, self.answers, sdk=self.sdk, sleep=sleep), clock)
