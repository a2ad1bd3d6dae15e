"""What ECS's image actions take, in the order in which it is checked; tag actions and DescribeImages are apart."""

import re
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.region_names import REGION_NAMES
from sandbox.alibaba.request import Broken, Region, Request, Truth, rule
from sandbox.alibaba.rpc import Call
from sandbox.alibaba.tags import ADDRESSES, Tags, allowed

_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff"
_NAME = re.compile(rf"[A-Za-z{_CHINESE}][A-Za-z0-9{_CHINESE}.:_-]{{1,127}}")


def refused(code: str, broken: Broken) -> AfterValidator:
    """A rule with a code of its own."""
    return rule(partial(ecs_errors.documented, code), broken)


def listed(*allowed: str, code: str) -> AfterValidator:
    """One of some values."""
    return refused(code, lambda sent, _: sent not in allowed)


def _bad_name(name: str, _: object) -> bool:
    return bool(name) and not (allowed(name) and _NAME.fullmatch(name))


def _bad_description(text: str, _: object) -> bool:
    return text.lower().startswith(ADDRESSES) or len(text) > 256


ImageName = Annotated[str, refused("InvalidImageName.Malformed", _bad_name)]
Description = Annotated[str, refused("InvalidDescription.Malformed", _bad_description)]


class CopyImage(Request):
    """What is not sent is empty in the copy. Whether the resource group exists is checked after all of this."""

    region_id: str
    image_id: str
    destination_region_id: Annotated[
        str,
        refused("SourceRegion.NotFound", lambda _, sent: sent.get("region_id") not in REGION_NAMES),
        refused("DestinationRegion.NotFound", lambda region, _: region and region not in REGION_NAMES),
        refused("IncorrectDestinationRegion", lambda region, sent: region in {"", sent["region_id"]}),
    ] = Field("", validate_default=True)
    encrypted: Truth = False
    kms_key_id: Annotated[
        str, refused("InvalidParameter.EncryptedIllegal", lambda key, sent: key and not sent.get("encrypted"))
    ] = Field("", alias="KMSKeyId")
    destination_image_name: ImageName = ""
    destination_description: Description = ""
    tags: Tags = Field(default_factory=dict, alias="Tag.")
    resource_group_id: str = ""


class OneImage(Request):
    """An image in its own region: all that CancelCopyImage takes."""

    region_id: Region
    image_id: str


class DeleteImage(OneImage):
    """Force is for an image that instances were made of."""

    force: Truth = False


class ModifyImageAttribute(OneImage):
    """What is not sent or empty is left as it is."""

    image_name: ImageName = ""
    description: Description = ""
    image_family: Annotated[str, refused("InvalidImageFamily.Malformed", _bad_name)] = ""
    boot_mode: Annotated[str, listed("", "BIOS", "UEFI", "UEFI-Preferred", code="InvalidBootMode.NotSupport")] = ""
    # The reference says to send BYOL, and has Auto for an example.
    license_type: Annotated[str, listed("", "Auto", "BYOL", code="InvalidLicenseType.NotSupported")] = ""
    imds_support: Annotated[str, listed("v1", "v2", code="InvalidParameter.FeaturesImdsSupport")] = Field(
        "", alias="Features.ImdsSupport"
    )
    nvme_support: Literal["supported", "unsupported"] | None = Field(None, alias="Features.NvmeSupport")
    status: Literal["", "Deprecated", "Available"] = ""


class _DryRun(Request):
    dry_run: Truth = False


def end_dry_run(call: Call) -> None:
    """End a request for a dry run, in which nothing wrong was found until here."""
    ecs_errors.refuse({"DryRunOperation": _DryRun.read(call).dry_run})
