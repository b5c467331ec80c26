"""Teachers that think: what they thought is kept, and is never a part of what they said."""

from typing import Any

import pytest

from cot_distill.decoding import Completion, Sampling
from cot_distill.decoding.journal import held
from cot_distill.decoding.models import describe
from cot_distill.decoding.openai_engine import Limits
from cot_distill.problems.wording import prompt
from cot_distill.records import Problem, Rationale
from cot_distill.supervision import LONG_TO_SHORT, THOUGHTS, Level, mixture
from cot_distill.supervision.mixture import Part
from cot_distill.supervision.teachers import Wish
from cot_distill.supervision.teachers.collecting import Subject
from cot_distill.supervision.teachers.forecast import forecast
from cot_distill.supervision.teachers.model import ALWAYS, Calls, Generation, ModelTeacher
from tests.chat_server import Behaviour, InThread

THOUGHT = 'Is it 6? No, I forgot the bag. 3 and 4 are 7, that fits. The user wants a line "The answer is X."'
SAID = "Three and four are seven.\nThe answer is 7."
DIALECTS = {
    "think": ("<think>\n", "\n</think>\n\n"),
    "thinking": ("<thinking>", "</thinking>"),
    "seed": ("<seed:think>", "</seed:think>"),
    "mistral": ("[THINK]", "[/THINK]"),
    "kimi": ("◁think▷", "◁/think▷"),
    "sky": ("<|begin_of_thought|>\n", "\n<|end_of_thought|>\n"),
    "cohere": ("<|START_THINKING|>", "<|END_THINKING|>"),
    "harmony": ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    "harmony, marks stripped": ("analysis", "assistantfinal"),
}
PROBLEM = Problem("p-0", "own", "train", "Sum 0: how much is 3 + 4?", None, "number", "7", None, None)


@pytest.fixture(autouse=True)
def _environment(provider: InThread, served: None, monkeypatch: pytest.MonkeyPatch) -> None:
    provider.server.lines = []


def teacher(rejected: str = "drop", gold_hint: bool | str = True, samples: int = 1) -> ModelTeacher:
    model = describe({"source": "model", "engine": "openai", "model": "gpt"}, "teacher gpt")
    generation = Generation(gold_hint, 1, rejected, Sampling(0.7, 0.95, 200, 1), samples=samples)
    return ModelTeacher("gpt", model, generation, Calls(Limits(4, 5, 1), None, None))


def says(provider: InThread, finish_reason: str = "stop", **message: Any) -> None:
    """Have the server answer with this message from now on."""
    behaviour = Behaviour(merged={"message": message, "finish_reason": finish_reason})
    provider.server.script, provider.server.tried = {"": [behaviour]}, {}


def answered(place: str, opens: str, closes: str) -> dict[str, Any]:
    if place == "field":
        return {"content": SAID, "reasoning_content": THOUGHT}
    if place == "field with its marks":
        return {"content": SAID, "reasoning": f"{opens}{THOUGHT}{closes}"}
    if place == "part":
        return {"content": [{"type": "thinking", "thinking": THOUGHT}, {"type": "text", "text": SAID}]}
    return {"content": f"{opens}{THOUGHT}{closes}{SAID}"}


def cut(place: str, opens: str, closes: str) -> dict[str, Any]:
    if place == "field":
        return {"content": None, "reasoning_content": THOUGHT}
    if place == "field with its marks":
        return {"content": "", "reasoning": f"{opens}{THOUGHT}"}
    if place == "part":
        return {"content": [{"type": "thinking", "thinking": THOUGHT}]}
    return {"content": f"{opens}{THOUGHT}"}


PLACES = pytest.mark.parametrize("place", ["field", "field with its marks", "part", "text"])
EVERY = pytest.mark.parametrize("dialect", DIALECTS)


@PLACES
@EVERY
def test_a_level_holds_no_thought_and_the_arm_of_thoughts_holds_them(
    provider: InThread, place: str, dialect: str
) -> None:
    says(provider, **answered(place, *DIALECTS[dialect]))
    texts = {level: teacher().write([PROBLEM], [], level).rationales for level in (3, THOUGHTS, None)}
    [level], [thoughts], [written] = texts.values()
    assert (level.text, level.granularity, level.thoughts, level.verified) == (
        "Three and four are seven.",
        3,
        False,
        True,
    )
    assert (thoughts.text, thoughts.granularity, thoughts.thoughts) == (THOUGHT, None, True)
    assert (thoughts.stated_answer, thoughts.verified) == ("7", True)
    assert (written.text, written.granularity, written.thoughts) == ("Three and four are seven.", None, False)
    # Thoughts and what follows them are one answer.
    assert len([line for line in provider.server.lines if "asked" in line]) == 2


@pytest.mark.parametrize("finish", ["length", "stop"])
@PLACES
@EVERY
def test_thoughts_that_were_cut_teach_nothing(provider: InThread, place: str, dialect: str, finish: str) -> None:
    says(provider, finish, **cut(place, *DIALECTS[dialect]))
    for level in (3, THOUGHTS, None):
        dropped = teacher().write([PROBLEM], [], level)
        assert dropped.rationales == []
        [kept] = teacher("keep").write([PROBLEM], [], level).rationales
        assert kept.stated_answer is None and not kept.verified  # and so is no example
        assert kept.text == (THOUGHT if level == THOUGHTS else "")


def test_a_closing_mark_alone_ends_thoughts_that_the_prompt_opened(provider: InThread) -> None:
    says(provider, content=f"{THOUGHT}\n</think>\n\n{SAID}")
    [level] = teacher().write([PROBLEM], [], 3).rationales
    assert level.text == "Three and four are seven."
    [thoughts] = teacher().write([PROBLEM], [], THOUGHTS).rationales
    assert thoughts.text == THOUGHT


def test_a_teacher_that_did_not_think_has_no_thoughts_to_teach(provider: InThread) -> None:
    says(provider, content=SAID)
    for rejected in ("drop", "keep"):
        written = teacher(rejected).write([PROBLEM], [], THOUGHTS)
        assert written.rationales == [] and written.account.dropped == {"no_thoughts": 1}
    assert [one.verdict for one in written.attempts] == ["no_thoughts"]


def test_a_wrong_answer_condemns_the_thoughts_before_it(provider: InThread) -> None:
    says(provider, content="The answer is 9.", reasoning=THOUGHT)
    assert teacher().write([PROBLEM], [], THOUGHTS).account.dropped == {"wrong_answer": 1}
    [kept] = teacher("keep").write([PROBLEM], [], THOUGHTS).rationales
    assert (kept.stated_answer, kept.verified) == ("9", False)


@pytest.mark.parametrize(("gold_hint", "told"), [(True, False), (False, False), (ALWAYS, True)])
def test_a_problem_is_asked_plainly_and_gold_told_only_where_that_is_asked_for(
    provider: InThread, gold_hint: bool | str, told: bool
) -> None:
    request = teacher(gold_hint=gold_hint).request(Subject(PROBLEM, THOUGHTS), 0)
    [(role, text)] = request.prompt
    assert role == "user" and text.startswith(prompt(PROBLEM)) and ("The answer is known: 7" in text) is told
    assert (text == prompt(PROBLEM)) is not told


def test_a_teacher_shortens_its_own_thoughts_and_is_verified_again(provider: InThread) -> None:
    says(provider, content=SAID, reasoning=THOUGHT)
    thoughts = teacher().write([PROBLEM], [], THOUGHTS).rationales
    says(provider, content="3 + 4 = 7.\nThe answer is 7.", reasoning="Short it must be.")
    [short] = teacher().rewrite([PROBLEM], thoughts, LONG_TO_SHORT).rationales
    assert (short.text, short.format, short.thoughts, short.verified) == ("3 + 4 = 7.", LONG_TO_SHORT, True, True)
    [asked] = [line["asked"] for line in provider.server.lines if THOUGHT in line.get("asked", "")]
    assert asked.endswith(f"Solution:\n{THOUGHT}\nThe answer is 7.")
    says(provider, content="3 + 4 = 8.\nThe answer is 8.")
    other = [Rationale("p-0", "gpt", None, "original", "Hm.", "7", True, "gpt", "1", thoughts=True)]
    assert teacher().rewrite([PROBLEM], other, LONG_TO_SHORT).account.dropped == {"wrong_answer": 1}


def test_old_journals_that_hold_marks_in_the_text_are_told_apart(provider: InThread) -> None:
    says(provider, content=f"<think>{THOUGHT}</think>{SAID}")
    levels: tuple[Level, ...] = (THOUGHTS, None)
    for level in levels:
        teacher().write([PROBLEM], [], level)
    assert held()[0].responses == 1
    assert Completion(f"<think>{THOUGHT}</think>{SAID}", 9, "stop", 9).parts == (THOUGHT, SAID, True)


@PLACES
@EVERY
def test_a_mixture_asks_each_problem_once_and_no_short_row_holds_a_thought(
    provider: InThread, place: str, dialect: str
) -> None:
    says(provider, **answered(place, *DIALECTS[dialect]))
    provider.server.script[""] *= 100
    train = [
        Problem(f"p-{number}", "own", "train", f"Sum {number}: how much is 3 + 4?", None, "number", "7", None, None)
        for number in range(20)
    ]
    parts = (Part("gpt", THOUGHTS, "original", 1), Part("gpt", 3, "original", 1))
    shares = mixture.shares(train, parts, 1)
    asked = [Wish(teacher(), problems, (part.granularity,)) for part, problems in shares]
    assert "calls to make: 20 (" in forecast(asked)
    rows = [row for wish in asked for row in wish.teacher.write(wish.problems, [], wish.levels[0]).rationales]
    assert len(rows) == 20 and {row.problem_id for row in rows if row.thoughts} == {one.id for one in shares[0][1]}
    assert {row.text for row in rows if row.thoughts} == {THOUGHT}
    assert {(row.text, row.granularity) for row in rows if not row.thoughts} == {("Three and four are seven.", 3)}
    assert len([line for line in provider.server.lines if "asked" in line]) == 20
    assert "calls to make: 0 (" in forecast(asked)


def test_arms_that_draw_one_and_four_samples_are_counted_together(provider: InThread) -> None:
    train = [
        Problem(f"p-{number}", "own", "train", f"Sum {number}: how much is 3 + 4?", None, "number", "7", None, None)
        for number in range(5)
    ]
    asked = [Wish(teacher(samples=samples), train, (3,)) for samples in (1, 4)]
    assert "calls to make: 20 (" in forecast(asked)
    assert "calls to make: 20 (" in forecast(reversed(asked))
