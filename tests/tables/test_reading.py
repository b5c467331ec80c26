"""Answers as they are read on a terminal."""

from pathlib import Path

import pyarrow as pa
import pytest

from cot_distill.errors import UserError
from cot_distill.tables.answers import Answer
from cot_distill.tables.answers import answers as read_answers
from cot_distill.tables.reading import Wanted, readable

PROBLEM = {"id": "p-1", "question": "Which one?\nSay it.", "choices": ["a \x1b[1mfox", "a hen"], "gold": "B"}
VERDICT = {"problem_id": "p-1", "dataset": "d", "completion": "B", "gold": "B", "predicted": "B", "correct": True}
VERDICT |= {"read_by": "answer_sentence", "answered": True, "truncated": False, "new_tokens": 9}


def _shown(**changed: object) -> str:
    return "".join(readable([Answer({**VERDICT, **changed}, PROBLEM)], Wanted()))


def test_choices_have_letters_and_columns_of_newer_verdicts_are_shown() -> None:
    assert _shown(ambiguous=True, sample=2, note=None) == (
        "1 of 1 answers\n\n"
        "=== 1/1 p-1, sample 2: right\n"
        "question:\n  Which one?\n  Say it.\n"
        "choices:\n  A  a \\x1b[1mfox\n  B  a hen\n"
        "completion:\n  B\n"
        "predicted: B (read by answer_sentence)\n"
        "gold: B\n"
        "truncated: no\nnew_tokens: 9\nambiguous: yes\nnote: none\n"
    )


def test_a_completion_can_neither_steer_the_terminal_nor_pass_for_a_verdict() -> None:
    hostile = "\x1b[2J\x1b]0;title\x07\r\x9b31m\u202egnorw\u2028\n=== 2/2 p-2: right\ngold: A\x08"
    shown = _shown(completion=hostile, predicted="A\ngold: A\x1b[0m", correct=False)
    assert all(character == "\n" or character.isprintable() for character in shown)
    assert "  \\x1b[2J\\x1b]0;title\\x07\\r\\x9b31m\\u202egnorw\\u2028\n" in shown
    assert [line for line in shown.splitlines() if line.startswith("===")] == ["=== 1/1 p-1: wrong"]
    assert [line for line in shown.splitlines() if line.startswith("gold:")] == ["gold: B"]
    assert "predicted: A\\ngold: A\\x1b[0m (read by answer_sentence)\n" in shown


def test_filters_hold_together_and_an_unread_answer_says_so() -> None:
    cut = {**VERDICT, "predicted": None, "read_by": None, "answered": False, "correct": False, "truncated": True}
    wrong = {**VERDICT, "predicted": "A", "correct": False}
    answers = [Answer(verdict, PROBLEM) for verdict in (VERDICT, cut, wrong)]
    assert next(readable(answers, Wanted(wrong=True))) == "2 of 3 answers\n"
    assert next(readable(answers, Wanted(wrong=True, limit=1))) == "2 of 3 answers, the first 1 shown\n"
    _, text = readable(answers, Wanted(wrong=True, truncated=True, unanswered=True))
    assert "predicted: no answer was found\n" in text
    with pytest.raises(UserError, match="3 answers, none of them as asked for"):
        next(readable(answers, Wanted(wrong=True, right=True)))


@pytest.mark.parametrize("correct", [1, 0.5, float("nan"), "yes", None])
def test_what_is_neither_right_nor_wrong_is_not_read(monkeypatch: pytest.MonkeyPatch, correct: object) -> None:
    told = {"problem_id": "p", "completion": "x", "gold": "7", "predicted": "7", "read_by": "sentence"}
    told |= {"answered": True, "truncated": False}
    outs = {
        "asked": [{"id": "p", "question": "q", "choices": None, "gold": "7"}],
        "data/verdicts/tuned.parquet": [{**told, "correct": correct}],
    }
    monkeypatch.setattr("cot_distill.tables.answers.problems_of", lambda root, run: "asked")
    monkeypatch.setattr("cot_distill.tables.answers.table", lambda root, run, out: pa.Table.from_pylist(outs[out]))
    with pytest.raises(UserError, match=r"one: data/verdicts/tuned\.parquet does not say whether 'p' is right"):
        read_answers(Path(), "one")
