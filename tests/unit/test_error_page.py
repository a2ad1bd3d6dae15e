from tools.error_page import MEANINGS, PAGE, TABLES, page


def test_page_is_what_the_table_says() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


def test_every_class_has_a_meaning() -> None:
    assert {rule.kind for rules in TABLES.values() for rule in rules.values()} <= MEANINGS.keys()
