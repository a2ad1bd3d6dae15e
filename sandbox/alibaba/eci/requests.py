"""What ECI's data cache actions take, in the order in which it is checked."""

from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sandbox.alibaba.eci.data_cache import DEFAULT_BUCKET
from sandbox.alibaba.errors import missing_parameter
from sandbox.alibaba.page_tokens import NextToken
from sandbox.alibaba.request import Map, Region, Request, Sent, Texts, Truth, forbid, matching, rule, whole
from sandbox.alibaba.tags import TagFilter, Tags

PAGE = 20


def _id(prefix: str) -> AfterValidator:
    return matching(rf"{prefix}-[0-9A-Za-z]+", f"an id that starts with {prefix}-")


Name = Annotated[str, matching(r"(?=.*\S).{1,128}", "1 to 128 characters long and not blank")]
Bucket = Annotated[Name, forbid("eci-system is reserved", lambda bucket, _: bucket == "eci-system")]
Path = Annotated[str, matching(r"/.{0,1023}", "an absolute path of at most 1024 characters")]
Days = Annotated[int, whole(1, 36500)]
GroupId = Annotated[str, matching(r"rg-\S{1,125}", "an id such as rg-acfmzw2jz2z")]


class CopyDataCache(Request):
    """What stays None is the source's, or the service's default."""

    region_id: Region
    data_cache_id: str
    destination_region_id: Annotated[
        Region,
        forbid("it must be another region than RegionId", lambda region, sent: region == sent.get("region_id")),
    ]
    name: Name | None = None
    bucket: Bucket = DEFAULT_BUCKET
    path: Path | None = None
    tags: Tags = Field(default_factory=dict, alias="Tag.")
    retention_days: Days | None = None
    resource_group_id: GroupId | None = None
    dry_run: Truth = False


class DescribeDataCaches(Request):
    """Without ids, those of one bucket."""

    region_id: Region
    ids: Annotated[Texts, forbid(f"at most {PAGE} ids can be given", lambda ids, _: len(ids) > PAGE)] = Field(
        default_factory=list, alias="DataCacheId."
    )
    limit: Annotated[int, whole(1, PAGE)] = PAGE
    after: NextToken = Field(0, alias="NextToken")
    bucket: str = ""
    path: str | None = None
    resource_group_id: str | None = None
    tags: TagFilter = Field(default_factory=list, alias="Tag.")


class DataSourceOfRequest(Request):
    """Where the data is to be loaded from."""

    type: Literal["URL", "NAS", "OSS", "SNAPSHOT"] = Field(alias=".Type")
    options: Annotated[Map, rule(partial(missing_parameter, "DataSource.Options"), lambda options, _: not options)] = (
        Field(alias=".Options.")
    )


class UpdateDataCache(Request):
    """What stays None is left as it is; a data source, another size or a way to the source reloads the data."""

    region_id: Region
    data_cache_id: str
    name: Name | None = None
    bucket: Bucket | None = None
    retention_days: Days | None = None
    tags: Tags = Field(default_factory=dict, alias="Tag.")
    resource_group_id: GroupId | None = None
    data_source: DataSourceOfRequest | None = Field(None, alias="DataSource.")
    size: Annotated[int, whole(20, 32768)] | None = None
    security_group_id: Annotated[str, _id("sg")] | None = None
    v_switch_id: Annotated[str, _id("vsw")] | None = None
    eip_instance_id: Annotated[str, _id("eip")] | None = None
    creates_eip: Annotated[Sent, forbid("it excludes EipInstanceId", lambda _, sent: sent.get("eip_instance_id"))] = (
        Field(default=False, alias="EipCreateParam.")
    )
    eip_bandwidth: Annotated[int, whole(1, 1000)] | None = Field(None, alias="EipCreateParam.Bandwidth")
    eip_charge: Literal["PayByBandwidth", "PayByTraffic"] | None = Field(
        None, alias="EipCreateParam.InternetChargeType"
    )
    eip_isp: Literal["BGP", "BGP_PRO"] | None = Field(None, alias="EipCreateParam.ISP")
    eip_package: Annotated[str, _id("cbwp")] | None = Field(None, alias="EipCreateParam.CommonBandwidthPackage")
    eip_pool: Annotated[str, _id("pippool")] | None = Field(None, alias="EipCreateParam.PublicIpAddressPoolId")
    dry_run: Truth = False


class DeleteDataCache(Request):
    """The data cache is named by its id, its path, or both."""

    region_id: Region
    bucket: Bucket | None = None
    path: Path | None = None
    data_cache_id: Annotated[
        str, rule(partial(missing_parameter, "DataCacheId"), lambda sent, others: not sent and not others.get("path"))
    ] = Field("", validate_default=True)
