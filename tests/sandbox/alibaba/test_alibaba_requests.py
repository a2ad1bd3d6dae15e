"""How flat parameters become a typed request: which spellings are read, and which broken rule is answered."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from sandbox.alibaba.errors import gateway_error
from sandbox.alibaba.request import (
    Flag,
    Map,
    Region,
    Request,
    Sent,
    Texts,
    Truth,
    forbid,
    matching,
    pairs,
    rule,
    whole,
)
from sandbox.alibaba.rpc import Call
from sandbox.core.accounts import DEFAULT_KEY
from sandbox.core.api_error import ApiError


class Inner(Request):
    type: Literal["URL", "NAS"] = Field(alias=".Type")
    options: Map = Field(alias=".Options.")


class Example(Request):
    region_id: Region
    name: Annotated[str, matching("[a-z]+", "lower-case letters")]
    other: Annotated[str, rule(lambda: gateway_error("Throttling.User"), lambda it, sent: it == sent.get("name"))] = ""
    size: Annotated[int, whole(1, 10), forbid("it is unlucky", lambda it, _: it == 7)] = 5
    force: Truth = False
    usable: Flag = None
    ids: Texts = Field(default_factory=list, alias="Id.")
    eip: Sent = Field(default=False, alias="Eip.")
    source: Inner | None = Field(None, alias="Source.")


def read(sent: dict[str, str], *, without: str = "") -> Example:
    usual = {"RegionId": "cn-beijing", "Name": "a"}
    params = {name: value for name, value in (usual | sent).items() if name != without}
    return Example.read(Call("ecs", "Example", params, DEFAULT_KEY, 0))


def test_absent_parameters_have_their_defaults() -> None:
    request = read({"NoField": "x", "NoField.1": "x"})

    assert (request.other, request.size, request.force, request.usable) == ("", 5, False, None)
    assert (request.ids, request.eip, request.source) == ([], False, None)


@pytest.mark.parametrize(("sent", "value"), [("true", True), ("True", True), ("FALSE", False), ("", False)])
def test_truth(sent: str, value: bool) -> None:
    assert read({"Force": sent}).force is value


@pytest.mark.parametrize(("sent", "value"), [("true", True), ("false", False), ("", None)])
def test_truth_that_may_be_blank(sent: str, value: bool | None) -> None:
    assert read({"Usable": sent}).usable is value


def test_list_is_in_the_order_of_its_numbers() -> None:
    assert read({"Id.10": "c", "Id.2": "b", "Id.1": "a", "Id.x": "-", "Id.1.Key": "-"}).ids == ["a", "b", "c"]


def test_pairs_keep_what_is_not_sent_apart() -> None:
    sent = {".2.Value": "v", ".1.Key": "k", ".1.Value": "w", ".3.Other": "x", ".Key": "x"}

    assert pairs(sent) == [{"Key": "k", "Value": "w"}, {"Value": "v"}]


@pytest.mark.parametrize("name", ["Eip", "Eip.Bandwidth", "Eip.", "Eip.1.x"])
def test_parameter_that_is_only_noticed(name: str) -> None:
    assert read({name: ""}).eip
    assert not read({f"x{name}": "", "Eipx": ""}).eip


def test_request_inside_a_request() -> None:
    sent = {"Source.Type": "NAS", "Source.Options.#6#repoId": "a", "Source.Options.a.b": "c", "Source": "x"}
    source = read(sent).source

    assert source is not None
    assert (source.type, source.options) == ("NAS", {"repoId": "a", "a.b": "c"})


BAD = {
    "RegionId": ("cn-nowhere", "InvalidRegionId.NotFound", "The specified RegionId does not exist."),
    "Name": ("A", "InvalidParameter.Name", "it must be lower-case letters."),
    "Other": ("a", "Throttling.User", "flow control."),
    "Size": ("7", "InvalidParameter.Size", "it is unlucky."),
    "Force": ("maybe", "InvalidParameter.Force", "it must be true or false."),
    "Usable": ("maybe", "InvalidParameter.Usable", "it must be true or false."),
    "Id": ("a", "InvalidParameter.Id", "it is a list: Id.1 and so on."),
    "Source.Type": ("ftp", "InvalidParameter.Source.Type", "it must be one of URL, NAS."),
    "Source.Options.#2#a": ("b", "InvalidParameter.Source.Options", "the length in the key #2#a is not the key's."),
}


@pytest.mark.parametrize("name", BAD)
def test_broken_rule_has_its_code_and_reason(name: str) -> None:
    value, code, reason = BAD[name]
    complete = {"Source.Type": "URL", "Source.Options.a": "b"} if name.startswith("Source") else {}
    with pytest.raises(ApiError) as caught:
        read(complete | {name: value})

    assert caught.value.code == code
    assert caught.value.message.endswith(reason)


def test_first_broken_rule_is_answered_whatever_the_order_of_the_parameters() -> None:
    names = ["RegionId", "Name", "Size", "Force", "Usable", "Id", "Source.Type"]
    for start, name in enumerate(names):
        with pytest.raises(ApiError) as caught:
            read({wrong: BAD[wrong][0] for wrong in reversed(names[start:])})
        assert caught.value.code == BAD[name][1]


@pytest.mark.parametrize("size", ["0", "11", "1.0", " 1", "+1", "1_0", "", "٣", "9" * 5000])
def test_what_is_no_whole_number_within_bounds(size: str) -> None:
    with pytest.raises(ApiError, match="it must be an integer from 1 to 10") as caught:
        read({"Size": size})

    assert caught.value.code == "InvalidParameter.Size"


@pytest.mark.parametrize("number", ["0", "01", "10000", "9" * 5000])
def test_what_is_no_number_of_an_entry(number: str) -> None:
    with pytest.raises(ApiError, match="its entries are numbered from 1") as caught:
        read({f"Id.{number}": "a"})

    assert caught.value.code == "InvalidParameter.Id"


@pytest.mark.parametrize("name", ["RegionId", "Name"])
def test_required_parameter_that_is_absent_or_empty_is_missing(name: str) -> None:
    for sent, without in (({}, name), ({name: ""}, "")):
        with pytest.raises(ApiError, match=f"The input parameter {name} that is mandatory") as caught:
            read({"Size": "x"} | sent, without=without)

        assert caught.value.code == "MissingParameter"


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ({"Source": "x"}, "Source.Type"),
        ({"Source.Type": "", "Source.Options.a": "b"}, "Source.Type"),
        ({"Source.Type": "URL"}, "Source.Options"),
    ],
)
def test_missing_parameter_of_a_request_inside(sent: dict[str, str], name: str) -> None:
    with pytest.raises(ApiError, match=f"The input parameter {name} that is mandatory"):
        read(sent)
