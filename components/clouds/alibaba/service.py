"""How all services of Alibaba Cloud are called: through the SDK of each, one attempt at a time, and how the SDKs fail.

The SDKs raise nothing for an error that comes with HTTP 200, and read a missing list as an empty one: so their raw
answers are verified before they are read.
"""

import inspect
import logging
import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

from typing_extensions import override

from components.clouds.alibaba.answers import UnusableAnswer, verified
from components.clouds.alibaba.connection import Connection
from components.clouds.errors import CloudError, NoAnswer, was_never_sent
from components.clouds.service import Service

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 20.0

_QUOTED = re.compile(r"\s*(server )?(string ?to ?sign|canonical ?request)\b.*", re.IGNORECASE | re.DOTALL)
"""A refused signature comes with the request that was signed: session token, reload options and all."""


class AlibabaService(Service):
    """A service of Alibaba Cloud; parameters of its requests are attributes of the SDK's request models."""

    connection: Connection

    sdk: ClassVar[str]
    """Package of the service's SDK: `alibabacloud_eci20180808`."""

    def _model(self, name: str) -> Any:
        """Return a class of the SDK's models; imported when it is first needed, since that takes a second."""
        return getattr(import_module(f"{self.sdk}.models"), name)

    @override
    def _attempt(self, doing: str, client: Any, region: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        from alibabacloud_tea_util.models import ExtendsParameters, RuntimeOptions  # noqa: PLC0415 - takes a second
        from Tea.exceptions import TeaException, UnretryableException  # noqa: PLC0415 - as above

        request = self._request(region, action, params)
        options = RuntimeOptions(connect_timeout=int(CONNECT_TIMEOUT * 1000), read_timeout=int(READ_TIMEOUT * 1000))
        if not hasattr(request, "region_id"):  # one endpoint may answer for several regions
            options.extends_parameters = ExtendsParameters(queries={"RegionId": region})
        try:
            return self._answer(client, action, request, options)
        except UnusableAnswer as error:
            raise self._no_answer(doing, error.message, error.request_id, code=error.code) from None
        except UnretryableException as error:
            text = str(error.inner_exception)
            if was_never_sent(text):
                raise self._unreachable(doing, client, text) from None
            raise self._broken(doing, self._endpoint(client), text) from None
        except TeaException as error:
            raise self._refused(doing, error) from None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # The SDK reads what an answer holds into its models without looking at the types.
            raise self._no_answer(doing, f"{type(error).__name__} while reading the answer") from None

    def _request(self, region: str, action: str, params: Mapping[str, Any]) -> Any:
        """Make the SDK's request; some have no region, and are known by the host that they are sent to."""
        model = self._model(f"{action}Request")
        takes_region = "region_id" in inspect.signature(model).parameters
        return model(**params, **({"region_id": region} if takes_region else {}))

    def _answer(self, client: Any, action: str, request: Any, options: Any) -> dict[str, Any]:
        """Send the SDK's request and return the body of the answer."""
        method = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", action).lower()
        return dict(getattr(client, f"{method}_with_options")(request, options).body.to_map())

    @override
    def _account(self, region: str) -> str:
        from components.clouds.alibaba.sts import HOST, Sts  # noqa: PLC0415 - it is a service of this vendor itself

        return Sts(self.connection.of_identity(HOST), sleep=self._sleep, clock=self._clock).account(region)

    @override
    def _client(self, region: str, credentials: Any) -> Any:
        from components.clouds import sessions  # noqa: PLC0415 - a heavy import, needed for requests only

        logging.getLogger("darabonba-core").setLevel(logging.WARNING)  # the SDK turns its own debug log on
        sessions.used_by("darabonba.core", "DaraCore")
        client = import_module(f"{self.sdk}.client").Client(self.connection.sdk_config(region, credentials))
        call_api = client.call_api

        def strict(params: Any, request: Any, runtime: Any) -> Any:
            return verified(call_api(params, request, runtime), params.action, self._holds(params.action))

        client.call_api = strict  # all of the SDK's methods go through it
        return client

    @override
    def _host(self, client: Any) -> str:
        return str(client._endpoint)  # noqa: SLF001 - the SDK has no accessor

    def _broken(self, doing: str, endpoint: str, text: str) -> NoAnswer:
        message = f"the connection to {endpoint} broke before an answer came"
        if "as json format" in text:
            message = f"{endpoint} answered something that is not JSON: the page of a proxy, or another service"
        next_step = "run the same command again; the request was retried with the same token"
        return self._no_answer(doing, message, next_step=next_step)

    def _refused(self, doing: str, error: Any) -> CloudError:
        data = error.data if isinstance(error.data, dict) else {}
        status = int(getattr(error, "status_code", None) or data.get("statusCode") or 0)
        code = str(error.code or "")
        if code in {"", "None"}:  # the SDK's word for an error body without a code
            code = f"HTTP {status}"
        message = str(data.get("Message") or data.get("message") or error.message or "")
        message = _QUOTED.sub(" (what the cloud quotes of the signed request is left out)", message)
        request_id = str(getattr(error, "request_id", None) or data.get("RequestId") or "")
        refused = self._error(doing, code, message, request_id, status=status)
        retry_after = getattr(error, "retry_after", None)
        refused.retry_after = retry_after / 1000 if retry_after else None
        return refused
