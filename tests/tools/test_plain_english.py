"""The check of the word list: what counts as a use, and what does not."""

from __future__ import annotations

import pytest

from tools.plain_english import hits


@pytest.mark.parametrize(
    "text",
    [
        "Mend it.",  # plain-english: the check's own example
        "def is_mended() -> None:",  # plain-english: the check's own example
        "the copy goes\non",  # plain-english: the check's own example
        "# the copy goes\n    # on in the cloud",  # plain-english: the check's own example
    ],
)
def test_listed_words_are_found_in_any_case_in_names_and_over_line_breaks(text: str) -> None:
    assert [number for number, _, _ in hits(text)] == [1]


@pytest.mark.parametrize("text", ["recommended", "a commendable name", "it goes, on and off"])
def test_parts_of_other_words_are_not_found(text: str) -> None:
    assert hits(text) == []


def test_line_with_a_reason_is_allowed_and_one_without_is_not() -> None:
    word = "mend"  # plain-english: the check's own example

    assert hits(f"{word}  # plain-english: the vendor's word") == []
    assert hits(f"{word}  # plain-english:") == [(1, word, "fix")]
