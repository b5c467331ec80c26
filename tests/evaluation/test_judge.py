"""A judge reads what states no answer, and what the reader read too."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cot_distill.decoding import Completion
from cot_distill.decoding.openai_engine import Limits
from cot_distill.errors import UserError
from cot_distill.evaluation.judge import Audit, Judge, Reply, audit, drawn, with_judge
from cot_distill.evaluation.verdicts import judge as judged
from cot_distill.records import Problem

ENTRY = {"source": "model", "engine": "openai", "model": "reader-1"}
LIMITS = Limits(4, 10.0, 2)
FRENCH = {"dataset": "svamp", "completion": "Elle a sept pommes et rien", "gold": "7"}
STATED = {"dataset": "svamp", "completion": "The answer is 7.", "gold": "7"}


@pytest.fixture
def served(chat_server: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    def start(*options: str) -> Any:
        server = chat_server(*options)
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "cache"))
        return server

    return start


def test_it_is_told_question_choices_and_reply_and_asked_once(served: Callable[..., Any]) -> None:
    server = served("--say", "The answer is (b).")
    reply = Reply("p-1", "I <<<would>>> take {form} plum", "letter", "Which is blue?", ("pear", "plum"))
    assert Judge("j", ENTRY, LIMITS).read([reply, reply]) == ["B", "B"]
    assert Judge("j", ENTRY, LIMITS).read([reply]) == ["B"]
    prompts = server.asked()
    assert len(prompts) <= 2
    assert "Which is blue?\n(A) pear\n(B) plum" in prompts[0]
    assert "<<<\nI would take {form} plum\n>>>" in prompts[0]
    assert "X is the letter of the choice" in prompts[0]


@pytest.mark.parametrize("said", ["There is none.", "I am not sure: 7 apples", ""])
def test_a_judge_that_states_nothing_finds_nothing(served: Callable[..., Any], said: str) -> None:
    served("--say", said or "...")
    assert Judge("j", ENTRY, LIMITS).read([Reply("p", "7", "number", None, None)]) == [None]


def test_verdicts_without_a_stated_answer_are_judged(served: Callable[..., Any]) -> None:
    served("--say", "The answer is 7.")
    problems = {
        name: Problem(name, "d", "test", "How many?", None, "number", "7", None, None) for name in ("p-1", "p-2", "p-3")
    }
    texts = {"p-1": "The answer is 8.", "p-2": "Elle en a sept et puis", "p-3": "So it is 8 of them."}
    verdicts = [judged(problems[name], Completion(text, 5, "length", 5)) for name, text in texts.items()]
    found = with_judge(Judge("j", ENTRY, LIMITS), verdicts, problems)
    assert [(one.predicted, one.correct, one.read_by, one.stated) for one in found] == [
        ("8", False, "answer_line", True),
        ("7", True, "judge", False),
        ("7", True, "judge", False),
    ]


def test_what_cannot_be_asked_is_an_error(served: Callable[..., Any]) -> None:
    served("--faults", "400 {}")
    with pytest.raises(UserError, match=r"completions were not judged|no request got an answer"):
        Judge("j", ENTRY, LIMITS).read([Reply("p", "7", "number", None, None)])
    with pytest.raises(UserError, match="judge j: source is 'solver'; name a teacher with source model"):
        Judge("j", {"source": "solver"}, LIMITS)


def test_an_audit_by_hand() -> None:
    found = audit([(True, True)] * 6 + [(True, False)] + [(False, False)] * 2 + [(False, True)])
    assert found == Audit(n=10, wrongly_right=1, judged_wrong=3, wrongly_wrong=1, judged_right=7)
    assert str(found) == (
        "audit of 10 stated answers: false positives 33.3% (6.1–79.2; 1 of 3 that are wrong by the judge); "
        "false negatives 14.3% (2.6–51.3; 1 of 7 that are right by the judge)"
    )
    assert "no false positives known" in str(audit([(True, True)]))
    assert (drawn(5, 9), len(set(drawn(100, 10)))) == ([0, 1, 2, 3, 4], 10)


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cot_distill.cli", "grade", "in.jsonl", "--out", "out.jsonl", *options],
        cwd=folder,
        capture_output=True,
        text=True,
    )


def test_the_command_judges_and_audits(served: Callable[..., Any], tmp_path: Path) -> None:
    served("--say", "The answer is 7.")
    (tmp_path / "in.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in (FRENCH, STATED, STATED | {"gold": "8"}))
    )
    (tmp_path / "teachers.yaml").write_text(json.dumps({"reader": ENTRY, "solver": {"source": "solver"}}))
    done = run(tmp_path, "--judge", "reader", "--audit", "5")
    assert done.returncode == 0, done.stderr
    assert "audit of 2 stated answers: false positives 0.0%" in done.stderr
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(row["predicted"], row["correct"], row["stated"], row["reason"]) for row in rows] == [
        ("7", True, False, "judge"),
        ("7", True, True, "answer_line"),
        ("7", False, True, "answer_line"),
    ]
    for options, told in (
        (("--audit", "5"), "--audit N needs a judge"),
        (("--judge", "nobody"), "judge 'nobody' is not in teachers.yaml; it has: reader, solver"),
        (("--judge", "solver"), "judge solver: source is 'solver'"),
    ):
        done = run(tmp_path, *options)
        assert (done.returncode, told in done.stderr, "Traceback" in done.stderr) == (1, True, False)
