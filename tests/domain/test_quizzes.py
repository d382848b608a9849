"""What an answer is, and whether it is right."""

import datetime as dt

import pytest

from wagtail_licensing.domain.quizzes import (
    AnswersWrong,
    QuizRules,
    is_right,
    parse_answers,
    passes,
    wrong_with,
)

CAPITALS = "Paris\n* Berlin\n\n  *Vienna  \nLyon"


def test_a_star_marks_what_is_right_and_is_no_part_of_it():
    answers = parse_answers("multiple", CAPITALS)
    assert [(answer.text, answer.is_right) for answer in answers] == [
        ("Paris", False),
        ("Berlin", True),
        ("Vienna", True),
        ("Lyon", False),
    ]


def test_a_short_text_has_no_stars():
    assert [answer.text for answer in parse_answers("text", "*args\nargs")] == ["*args", "args"]


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [
        ("single", "* a\nb", None),
        ("single", "", AnswersWrong.NONE),
        ("single", "* \n *", AnswersWrong.NONE),
        ("single", "* a", AnswersWrong.TOO_FEW),
        ("single", "a\nb", AnswersWrong.NOT_ONE_RIGHT),
        ("single", "* a\n* b", AnswersWrong.NOT_ONE_RIGHT),
        ("multiple", "a\nb", AnswersWrong.NONE_RIGHT),
        ("multiple", "* a\n* b", None),
        ("text", "a", None),
        ("text", " ", AnswersWrong.NONE),
    ],
)
def test_a_question_can_be_answered(kind, written, expected):
    assert wrong_with(kind, parse_answers(kind, written)) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["1", "2"], True),
        (["2", "1"], True),
        (["1"], False),
        (["1", "2", "3"], False),
        (["0", "1", "2", "3"], False),
        (["1", "2", "2"], False),
        (["Berlin", "Vienna"], False),
        ([], False),
        (["-1"], False),
    ],
)
def test_several_choices_are_all_of_the_right_ones_and_no_other(given, expected):
    assert is_right("multiple", parse_answers("multiple", CAPITALS), given) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["collectstatic"], True),
        (["  CollectStatic "], True),
        (["collect\u00adstatic"], False),
        (["cafe\u0301"], True),
        (["", "collectstatic"], False),
        ([""], False),
        ([], False),
    ],
)
def test_a_text_is_compared_without_capitals_and_spaces(given, expected):
    assert is_right("text", parse_answers("text", "collectstatic\ncafé"), given) is expected


@pytest.mark.parametrize(
    ("right", "total", "percent", "expected"),
    [(2, 3, 66, True), (2, 3, 67, False), (0, 0, 1, False), (4, 5, 80, True), (3, 3, 100, True)],
)
def test_the_percent_are_exact(right, total, percent, expected):
    assert passes(right, total, percent) is expected


def test_attempts_run_out_and_a_pause_ends():
    rules = QuizRules(3, dt.timedelta(minutes=5))
    assert [rules.left(used) for used in (0, 2, 3, 4)] == [3, 1, 0, 0]
    assert QuizRules().left(99) is None
    noon = dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC)
    assert rules.opens_at(noon) == noon + dt.timedelta(minutes=5)
    assert rules.opens_at(None) is None
    assert QuizRules(3).opens_at(noon) is None
