"""Parameters that several image actions have, with the rules and codes of their references."""

import re

from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.resource_groups import ResourceGroups
from sandbox.alibaba.rpc import Call, Parameters

_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff"
_NAME = re.compile(rf"[A-Za-z{_CHINESE}][A-Za-z0-9{_CHINESE}.:_-]{{1,127}}")
_MAX_DESCRIPTION = 256
_ADDRESSES = ("http://", "https://")


def read_name(params: Parameters, parameter: str, code: str = "InvalidImageName.Malformed") -> str | None:
    """A name of 2 to 128 characters; None when it is absent or blank, which both mean the default."""
    name = params.text(parameter)
    if not name:
        return None
    lower = name.lower()
    forbidden = lower.startswith(("aliyun", "acs:")) or any(address in lower for address in _ADDRESSES)
    if forbidden or not _NAME.fullmatch(name):
        raise ecs_errors.documented(code)
    return name


def read_description(params: Parameters, parameter: str) -> str | None:
    """A description of 1 to 256 characters; None when it is absent or blank, which both mean the default."""
    description = params.text(parameter)
    if not description:
        return None
    if description.lower().startswith(_ADDRESSES) or len(description) > _MAX_DESCRIPTION:
        raise ecs_errors.documented("InvalidDescription.Malformed")
    return description


def read_resource_group(call: Call, groups: ResourceGroups) -> str | None:
    """A resource group that exists; None when none is given."""
    group = call.params.text("ResourceGroupId")
    if not group:
        return None
    if not groups.has(call.account, group, call.now):
        raise ecs_errors.documented("InvalidResourceGroup.NotFound")
    return group
