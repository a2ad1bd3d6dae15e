"""How a stand-in calls Alibaba Cloud's ECS, configured as the real alicloud plugin is."""

import json
import re
from typing import Any, ClassVar

from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.models import Config
from Tea.exceptions import TeaException
from typing_extensions import override

from sandbox.plugins.native import PLUGINS, Access, Failed, NativeResource, PluginFacts, Values


class EcsResource(NativeResource):
    """A resource of ECS."""

    PLUGIN: ClassVar[str] = "alicloud"
    FACTS: ClassVar[PluginFacts] = PLUGINS[PLUGIN]

    @override
    @classmethod
    def connect(cls, access: Access) -> Any:
        return Client(
            Config(
                access_key_id=access.key,
                access_key_secret=access.secret,
                security_token=access.token,
                region_id=access.region,
                endpoint=access.address,
                protocol=access.protocol,
                signature_algorithm="v2",  # the SDK's name for V1, the only signature that the real plugin makes
            )
        )

    @override
    @classmethod
    def configured_endpoint(cls, config: Values, given: str) -> str:
        """Find `ecs` in `endpoints`, which an SDK sends as JSON text and stack config may hold as a list."""
        endpoints = config.get("endpoints") or []
        try:
            parsed = json.loads(endpoints) if isinstance(endpoints, str) else endpoints
            return str(next((one[cls.FACTS.service] for one in parsed if one.get(cls.FACTS.service)), ""))
        except (ValueError, TypeError, AttributeError):
            raise Failed("the alicloud provider's `endpoints` is not a list of maps. Next: correct it") from None

    def call(self, doing: str, action: str, **fields: Any) -> Any:
        """Make one call, `copy_image` for CopyImage, and return the body of its answer."""
        request = getattr(models, f"{action.title().replace('_', '')}Request")(**fields)
        try:
            return getattr(self._client, action)(request).body
        except TeaException as error:
            code = getattr(error, "code", None) or "no answer"
            message = re.sub(r"^code: \d+, ", "", str(getattr(error, "message", error))).strip()
            raise Failed(f"{doing}: {code}: {' '.join(message.split())}") from None
