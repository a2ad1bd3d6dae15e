import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.alibaba.eci_sdk import Eci, refused


def allowed(text: str) -> bool:
    lower = text.lower()
    return not lower.startswith(("aliyun", "acs:")) and "http://" not in lower and "https://" not in lower


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=128).filter(allowed)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128).filter(str.strip)
TAGS = st.dictionaries(TEXT.filter(bool), TEXT, max_size=20)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, tags=TAGS)
def test_accepted_names_and_tags_come_back_exactly(eci: Eci, name: str, tags: dict[str, str]) -> None:
    cache = eci.one(eci.copy(bucket=name, path="/" + name, name=name, tags=tags), bucket=name)

    assert {tag.key: tag.value for tag in cache.tags} == tags
    assert (cache.name, cache.bucket, cache.path) == (name, name, "/" + name)


def test_twenty_tags_of_full_length_are_accepted(eci: Eci) -> None:
    tags = {f"{number:0128}": "v" * 128 for number in range(20)}

    assert len(eci.one(eci.copy(tags=tags)).tags) == 20


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({str(number): "" for number in range(21)}, "NumberExceed.Tags"),
        ({"": "v"}, "InvalidTagKey.Malformed"),
        ({"k" * 129: "v"}, "InvalidTagKey.Malformed"),
        ({"acs:k": "v"}, "InvalidTagKey.Malformed"),
        ({"ACS:k": "v"}, "InvalidTagKey.Malformed"),
        ({"aliyunk": "v"}, "InvalidTagKey.Malformed"),
        ({"my-http://k": "v"}, "InvalidTagKey.Malformed"),
        ({"k": "v" * 129}, "InvalidTagValue.Malformed"),
        ({"k": "acs:v"}, "InvalidTagValue.Malformed"),
        ({"k": "see https://v"}, "InvalidTagValue.Malformed"),
    ],
)
def test_tags_that_are_refused(eci: Eci, available: str, tags: dict[str, str], code: str) -> None:
    assert refused(eci.copy, tags=tags) == (code, 400)
    assert refused(eci.update, available, tags=tags) == (code, 400)


def test_same_key_twice_is_refused(eci: Eci) -> None:
    twice = _DuplicateKeys({"k": "1"})

    assert refused(eci.copy, tags=twice) == ("Duplicate.TagKey", 400)


class _DuplicateKeys(dict[str, str]):
    def items(self) -> list[tuple[str, str]]:  # type: ignore[override]
        return [*super().items(), *super().items()]
