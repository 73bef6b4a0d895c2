import time

import pytest

from domain.survey import COMMENT_LIMIT, Rating, predicted_satisfaction, read_rating

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "score", "comment"),
    [
        ("5", 5, ""),
        (" 4. ", 4, ""),
        ("5/5, great help", 5, "great help"),
        ("5 great help", 5, "great help"),
        ("2 too slow", 2, "too slow"),
        ("3 out of 5", 3, ""),
        ("four stars!", 4, ""),
        ("I'd give it a 2 - too slow", 2, "too slow"),
        ("Rating: 1", 1, ""),
        ("csat 4", 4, ""),
        ("five", 5, ""),
        ("5, the effort was 2 hours", 5, "the effort was 2 hours"),
        ("5 \t\n\n  thanks", 5, "thanks"),
    ],
)
def test_ratings(text: str, score: int, comment: str) -> None:
    assert read_rating(text) == Rating(score=score, comment=comment)


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("5, nps 9, effort 2, fast and friendly", Rating(score=5, nps=9, effort=2, comment="fast and friendly")),
        ("nps 9, effort 2, 5, fast", Rating(score=5, nps=9, effort=2, comment="fast")),
        ("fast and friendly, nps 9, 5", Rating(score=5, nps=9, comment="fast and friendly")),
        ("effort: 2/7; NPS=9; rating 4 - fine", Rating(score=4, nps=9, effort=2, comment="fine")),
        ("5 nps 9 effort 2 fast and friendly", Rating(score=5, nps=9, effort=2, comment="fast and friendly")),
        ("It was easy. Effort 2. NPS 9. 5", Rating(score=5, nps=9, effort=2, comment="It was easy")),
        ("my nps is 9 and my effort is 3, score 4", Rating(score=4, nps=9, effort=3)),
        ("5 (nps 9, effort 2) super", Rating(score=5, nps=9, effort=2, comment="super")),
        ("5\nnps 9\neffort 2\nGreat.", Rating(score=5, nps=9, effort=2, comment="Great.")),
        ("nps ten, five", Rating(score=5, nps=10)),
        ("4,nps 8,effort 3,ok", Rating(score=4, nps=8, effort=3, comment="ok")),
        ("1, nps 0, effort 7", Rating(score=1, nps=0, effort=7)),
        ("CSAT 5, NPS 10/10, CES 1/7. Thanks!", Rating(score=5, nps=10, effort=1, comment="Thanks!")),
    ],
)
def test_recommendation_and_effort_come_along_in_any_order(text: str, rating: Rating) -> None:
    assert read_rating(text) == rating


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "6",
        "55",
        "4.5",
        "I have 2 more questions",
        "no",
        "",
        "5 invoices are wrong",
        "1 bad line on my bill",
        "1-2",
    ],
)
def test_other_texts_are_no_rating(text: str) -> None:
    assert read_rating(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "5, nps 11",
        "5, nps -1",
        "5, nps 9.5",
        "5, nps " + "9" * 5_000,
        "5, effort 0",
        "5, effort 8",
        "6, nps 9, effort 2",
        "0, nps 9",
        "5, nps 9, nps 3",
        "nps 9",
        "nps 9, effort 2, thanks",
        "what does nps 9 mean?",
    ],
)
def test_numbers_off_their_scale_and_answers_without_a_score_are_no_rating(text: str) -> None:
    assert read_rating(text) is None


def test_a_long_comment_is_cut() -> None:
    rating = read_rating("5, nps 9, " + "x" * 5_000)
    assert rating is not None
    assert rating.comment == "x" * COMMENT_LIMIT


@pytest.mark.parametrize(
    "text", ["," * 10_000, " " * 10_000 + "5", "5" + " " * 9_990 + "x", "effort 2 " * 1_100, "a" + " " * 9_000 + "nps"]
)
def test_no_text_is_read_for_long(text: str) -> None:
    """It is read inside a workflow task, which may take two seconds in all."""
    began = time.perf_counter()
    read_rating(text)
    assert time.perf_counter() - began < 0.2


def test_predicted_satisfaction_falls_with_failures_and_stays_on_the_scale() -> None:
    assert predicted_satisfaction(0, frustrated=False) >= 4.0
    assert predicted_satisfaction(1, frustrated=True) < predicted_satisfaction(0, frustrated=True)
    assert predicted_satisfaction(99, frustrated=True) == 1.0
