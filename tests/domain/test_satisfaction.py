import pytest

from domain.satisfaction import SatisfactionFacts, mean_effort, net_promoter_score, satisfaction, satisfied_share

pytestmark = pytest.mark.unit


def facts(*scores: float, unresolved: int = 0, complaints: int = 0, open_tickets: int = 0) -> SatisfactionFacts:
    return SatisfactionFacts(
        scores=list(scores), unresolved=unresolved, complaints=complaints, open_tickets=open_tickets
    )


@pytest.mark.parametrize(
    ("known", "score", "share", "trend", "predicted", "risk"),
    [
        (facts(), None, None, None, 3.5, "medium"),
        (facts(5), 5, 1, None, 5, "low"),
        (facts(3.8), 3.8, 0, None, 3.8, "low"),
        (facts(3.79), 3.79, 0, None, 3.79, "medium"),
        (facts(3), 3, 0, None, 3, "medium"),
        (facts(2.99), 2.99, 0, None, 2.99, "high"),
        (facts(5, 4, 3, 2), 3.5, 0.5, -2, 3.5, "medium"),
        (facts(5, unresolved=1), 5, 1, None, 4.6, "low"),
        (facts(5, complaints=1), 5, 1, None, 4.7, "low"),
        (facts(5, open_tickets=1), 5, 1, None, 4.8, "low"),
        (facts(4, unresolved=2, complaints=1), 4, 1, None, 2.9, "high"),
        (facts(1, unresolved=20), 1, 0, None, 1, "high"),
    ],
)
def test_satisfaction(known, score, share, trend, predicted, risk):
    found = satisfaction(known)
    assert (found.score, found.satisfied_share, found.trend) == (score, share, trend)
    assert (found.predicted, found.risk) == (predicted, risk)


@pytest.mark.parametrize(
    ("answers", "score"),
    [([], None), ([9], 100), ([8], 0), ([7], 0), ([6], -100), ([0], -100), ([10, 9, 8, 3], 25), ([10, 10, 6], 100 / 3)],
)
def test_promoters_are_nine_and_ten_and_detractors_up_to_six(answers, score):
    assert net_promoter_score(answers) == score


@pytest.mark.parametrize(("scores", "share"), [([], None), ([4], 1), ([3], 0), ([3.9], 0), ([5, 4, 3, 2], 0.5)])
def test_the_two_best_scores_are_satisfied(scores, share):
    assert satisfied_share(scores) == share


@pytest.mark.parametrize(("efforts", "mean"), [([], None), ([1], 1), ([1, 2, 6], 3)])
def test_effort_is_a_mean(efforts, mean):
    assert mean_effort(efforts) == mean


def test_who_said_nothing_of_them_has_no_recommendation_and_no_effort():
    silent, outspoken = satisfaction(facts(5)), facts(5).model_copy(update={"nps": [9, 3, 3], "efforts": [2, 2, 3]})
    assert (silent.nps, silent.effort) == (None, None)
    assert (satisfaction(outspoken).nps, satisfaction(outspoken).effort) == (-33.33, 2.33)


def test_what_weighs_on_it_is_named():
    assert satisfaction(facts(unresolved=2, open_tickets=1)).drivers == [
        "2 contacts without a solution",
        "1 open tickets",
    ]
