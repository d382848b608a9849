"""Quizzes: what an answer is, and whether it is right, as pure rules.

Answers are written one a line. Of a choice, a star before a line says that it is right; of a short
text, each line is one that is accepted.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

STAR = "*"


class QuestionKind(StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Answer:
    """One line: what it says, and whether it is right."""

    text: str
    is_right: bool


def parse_answers(kind: str, written: str) -> tuple[Answer, ...]:
    """Return the answers of a question as they are written, without empty lines."""
    lines = [line.strip() for line in written.splitlines() if line.strip(f"{STAR} \t")]
    if kind == QuestionKind.TEXT:
        return tuple(Answer(line, True) for line in lines)
    return tuple(Answer(line.removeprefix(STAR).strip(), line.startswith(STAR)) for line in lines)


class AnswersWrong(StrEnum):
    """What is wrong with the answers of a question."""

    NONE = "none"
    TOO_FEW = "too_few"
    NOT_ONE_RIGHT = "not_one_right"
    NONE_RIGHT = "none_right"


def wrong_with(kind: str, answers: Sequence[Answer]) -> AnswersWrong | None:
    """Return what makes ``answers`` no question that somebody can answer, or None."""
    if not answers:
        return AnswersWrong.NONE
    if kind == QuestionKind.TEXT:
        return None
    if len(answers) == 1:
        return AnswersWrong.TOO_FEW
    right = sum(answer.is_right for answer in answers)
    if kind == QuestionKind.SINGLE and right != 1:
        return AnswersWrong.NOT_ONE_RIGHT
    return None if right else AnswersWrong.NONE_RIGHT


def is_right(kind: str, answers: Sequence[Answer], given: Iterable[str]) -> bool:
    """Tell whether ``given`` is right: the numbers of the chosen answers, from 0, or a text.

    Several choices have to be all of the right ones and no other. A text is compared without
    regard to capitals, accents written in two ways, and spaces.
    """
    given = list(given)
    if kind == QuestionKind.TEXT:
        return len(given) == 1 and _plain(given[0]) in {_plain(answer.text) for answer in answers}
    right = {str(number) for number, answer in enumerate(answers) if answer.is_right}
    return bool(right) and len(given) == len(set(given)) and set(given) == right


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def passes(right: int, total: int, pass_percent: int) -> bool:
    """Tell whether ``right`` of ``total`` answers reach ``pass_percent``, exactly."""
    return total > 0 and 100 * right >= pass_percent * total


@dataclass(frozen=True, slots=True)
class QuizRules:
    """``attempts``: how many there are (None: no end); ``pause`` between two of them."""

    attempts: int | None = None
    pause: timedelta = timedelta(0)

    def left(self, used: int) -> int | None:
        """Return how many attempts are left after ``used``, or None for no end."""
        return None if self.attempts is None else max(self.attempts - used, 0)

    def opens_at(self, last: datetime | None) -> datetime | None:
        """Return from when on there may be another attempt after one at ``last``."""
        return last + self.pause if last is not None and self.pause else None
