import pytest

from domain.compliance import Facts, Rule, checked

pytestmark = pytest.mark.unit

NOTHING = Facts(**dict.fromkeys(Facts.model_fields, False))


def rule(rule_id: str, fact: str = "") -> Rule:
    return Rule(rule_id=rule_id, source="law", requirement="must", fact=fact, next_step="do")


@pytest.mark.parametrize("fact", Facts.model_fields)
@pytest.mark.parametrize("true", [True, False])
def test_each_fact_decides_its_rule(fact: str, true: bool):
    [found] = checked([rule("R-1", fact)], NOTHING.model_copy(update={fact: true}))
    assert found.met is true
    assert found.next_step == ("" if true else "do")


def test_what_is_missing_comes_first_and_people_judge_the_rest():
    facts = NOTHING.model_copy(update={"account_active": True})
    found = checked([rule("A", "account_active"), rule("B"), rule("C", "identity_verified")], facts)
    assert [(f.rule_id, f.met) for f in found] == [("C", False), ("B", None), ("A", True)]


def test_a_rule_about_something_unknown_is_an_error():
    with pytest.raises(ValueError, match="R-9"):
        checked([rule("R-9", "moon_is_full")], NOTHING)
