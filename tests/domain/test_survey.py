import pytest

from domain.survey import predicted_satisfaction, read_rating

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "score", "comment"),
    [
        ("5", 5, ""),
        (" 4. ", 4, ""),
        ("5/5, great help", 5, "great help"),
        ("3 out of 5", 3, ""),
        ("four stars!", 4, ""),
        ("I'd give it a 2 - too slow", 2, "too slow"),
        ("Rating: 1", 1, ""),
        ("five", 5, ""),
    ],
)
def test_ratings(text: str, score: int, comment: str) -> None:
    rating = read_rating(text)
    assert rating is not None
    assert (rating.score, rating.comment) == (score, comment)


@pytest.mark.parametrize(
    "text", ["0", "6", "55", "I have 2 more questions", "no", "", "5 invoices are wrong", "1-2 days"]
)
def test_other_texts_are_no_rating(text: str) -> None:
    assert read_rating(text) is None


def test_predicted_satisfaction_falls_with_failures_and_stays_on_the_scale() -> None:
    assert predicted_satisfaction(0, frustrated=False) >= 4.0
    assert predicted_satisfaction(1, frustrated=True) < predicted_satisfaction(0, frustrated=True)
    assert predicted_satisfaction(99, frustrated=True) == 1.0
