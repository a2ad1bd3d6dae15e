"""The part of UpdateDataCache that loads data again: data source, size and the network to load through."""

from dataclasses import dataclass

from sandbox.alibaba import errors as alibaba_errors
from sandbox.alibaba.eci.data_cache import Content, DataSource
from sandbox.alibaba.rpc import Parameters
from sandbox.core.resource import new_id

SOURCE_TYPES = ("URL", "NAS", "OSS", "SNAPSHOT")
MIN_SIZE, MAX_SIZE = 20, 32768
_NETWORK = ("SecurityGroupId", "VSwitchId", "EipInstanceId", "EipCreateParam")


@dataclass(frozen=True)
class Reload:
    """What a request asks to be loaded, and how large."""

    data_source: DataSource | None
    size: int | None
    network: bool
    """Whether the request says how to reach the source, which makes sense only for a reload."""

    def applied_to(self, content: Content) -> Content | None:
        """The content that a reload would bring, or None when there is nothing to reload."""
        size = content.size if self.size is None else self.size
        if size < content.size:
            raise alibaba_errors.invalid_parameter("Size", f"it cannot be less than {content.size}")
        if self.data_source is None and not self.network and size == content.size:
            return None
        return Content(size=size, data_source=self.data_source or content.data_source, snapshot=new_id("s-"))


def read_reload(params: Parameters) -> Reload:
    """Read and check the parameters."""
    data_source = _data_source(params)
    size = params.integer("Size", MIN_SIZE, MAX_SIZE)
    _check_network(params)
    return Reload(data_source, size, network=params.has_any(*_NETWORK))


def _data_source(params: Parameters) -> DataSource | None:
    if not params.has_any("DataSource"):
        return None
    params.required("DataSource.Type")
    kind = params.one_of("DataSource.Type", SOURCE_TYPES)
    options = params.mapping("DataSource.Options")
    if not options:
        raise alibaba_errors.missing_parameter("DataSource.Options")
    return DataSource(type=kind or "", options=options)


def _check_network(params: Parameters) -> None:
    _id(params, "SecurityGroupId", "sg")
    _id(params, "VSwitchId", "vsw")
    _id(params, "EipInstanceId", "eip")
    if params.has_any("EipInstanceId") and params.has_any("EipCreateParam"):
        raise alibaba_errors.invalid_parameter("EipCreateParam", "it excludes EipInstanceId")
    params.integer("EipCreateParam.Bandwidth", 1, 1000)
    params.one_of("EipCreateParam.InternetChargeType", ("PayByBandwidth", "PayByTraffic"))
    params.one_of("EipCreateParam.ISP", ("BGP", "BGP_PRO"))
    _id(params, "EipCreateParam.CommonBandwidthPackage", "cbwp")
    _id(params, "EipCreateParam.PublicIpAddressPoolId", "pippool")


def _id(params: Parameters, name: str, prefix: str) -> None:
    params.matching(name, rf"{prefix}-[0-9A-Za-z]+", f"an id that starts with {prefix}-")
