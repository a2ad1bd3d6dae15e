"""Parameters that several image actions have, with the rules and codes of their references."""

import re

from sandbox import alibaba_errors, ecs_errors, regions
from sandbox.alibaba_rpc import Parameters
from sandbox.resource_groups import ResourceGroups

_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff"
_NAME = re.compile(rf"[A-Za-z{_CHINESE}][A-Za-z0-9{_CHINESE}.:_-]{{1,127}}")
_MAX_DESCRIPTION = 256
_ADDRESSES = ("http://", "https://")


def read_region(params: Parameters) -> str:
    """The region that a call is about."""
    region = params.required("RegionId")
    if region not in regions.ALIBABA:
        raise alibaba_errors.unknown_region("RegionId")
    return region


def read_name(params: Parameters, parameter: str, code: str = "InvalidImageName.Malformed") -> str | None:
    """A name of 2 to 128 characters; None when it is absent or blank, which both mean the default."""
    name = params.text(parameter)
    if not name:
        return None
    lower = name.lower()
    forbidden = lower.startswith(("aliyun", "acs:")) or any(address in lower for address in _ADDRESSES)
    if forbidden or not _NAME.fullmatch(name):
        raise ecs_errors.refused(code)
    return name


def read_description(params: Parameters, parameter: str) -> str | None:
    """A description of 1 to 256 characters; None when it is absent or blank, which both mean the default."""
    description = params.text(parameter)
    if not description:
        return None
    if description.lower().startswith(_ADDRESSES) or len(description) > _MAX_DESCRIPTION:
        raise ecs_errors.refused("InvalidDescription.Malformed")
    return description


def read_resource_group(params: Parameters, groups: ResourceGroups, account: str) -> str | None:
    """A resource group that exists; None when none is given."""
    group = params.text("ResourceGroupId")
    if not group:
        return None
    if not groups.exists(account, group):
        raise ecs_errors.refused("InvalidResourceGroup.NotFound")
    return group
