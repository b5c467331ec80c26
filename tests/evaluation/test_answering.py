"""A student asked its problems through the journal: resumed, never answered from another student's journal."""

import dataclasses
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from cot_distill.decoding import Completion
from cot_distill.decoding.transformers_engine import TransformersEngine
from cot_distill.errors import UserError
from cot_distill.evaluation.answering import Decoding, verdicts
from cot_distill.evaluation.verdicts import judge, with_second
from cot_distill.records import Problem
from cot_distill.stopping import Stop

DECODING = Decoding(
    engine="transformers",
    batch_size=4,
    max_new_tokens=12,
    dtype="float32",
    beam=None,
    stop=(),
    samples=1,
    temperature=0.0,
    top_p=1.0,
    seed=1,
    ask_again=False,
)
PROBLEMS = [
    Problem(f"p-{n}", "svamp", "test", f"Ann has {'many ' * n}pens. How many?", None, "number", "7", None, None)
    for n in range(10)
]


@pytest.fixture
def student(tiny_student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "cache"))
    return {"model": str(tiny_student), "template": "plain"}


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many prompts each start of the engine has completed."""
    asked: list[int] = []
    plain = TransformersEngine.complete

    def counted(self, requests, deliver, stop, *working) -> None:
        asked.append(0)

        def count(request, answer) -> None:
            asked[-1] += 1
            deliver(request, answer)

        plain(self, requests, count, stop, *working)

    monkeypatch.setattr(TransformersEngine, "complete", counted)
    return asked


def test_a_finished_evaluation_takes_no_model(student, loaded) -> None:
    first = verdicts(student, None, PROBLEMS, DECODING)
    assert sorted(first, key=lambda one: one.key) == sorted(
        verdicts(student, None, PROBLEMS, DECODING), key=lambda one: one.key
    )
    assert loaded == [10]
    assert {one.problem_id for one in first} == {one.id for one in PROBLEMS}


def test_a_stopped_evaluation_goes_on_in_the_same_batches(student, loaded, monkeypatch) -> None:
    undisturbed = verdicts(student, None, PROBLEMS, DECODING)
    shutil.rmtree(Path(student["model"]).parent / "none", ignore_errors=True)
    monkeypatch.setenv("COT_DISTILL_CACHE", str(Path(shutil.os.environ["COT_DISTILL_CACHE"]).parent / "second"))
    batches: list[int] = []
    decode = TransformersEngine._decode

    def once(self, requests, prompts, *working):
        batches.append(len(prompts))
        return decode(self, requests, prompts, *working)

    monkeypatch.setattr(TransformersEngine, "_decode", once)
    monkeypatch.setattr(Stop, "requested", property(lambda stop: len(batches) == 1 or stop.reason is not None))
    with pytest.raises(UserError, match="4 responses are in the journal; run the same command again to continue"):
        verdicts(student, None, PROBLEMS, DECODING)
    monkeypatch.setattr(Stop, "requested", property(lambda stop: stop.reason is not None))
    assert sorted(verdicts(student, None, PROBLEMS, DECODING), key=lambda one: one.key) == sorted(
        undisturbed, key=lambda one: one.key
    )
    assert batches == [4, 4, 2]
    assert loaded == [10, 4, 6]


def test_other_weights_settings_or_problems_are_asked_anew(student, loaded, tmp_path) -> None:
    trained = tmp_path / "student"
    shutil.copytree(str(student["model"]), trained)
    verdicts(student, trained, PROBLEMS, DECODING)
    weights = load_file(trained / "model.safetensors")
    name = next(iter(weights))
    weights[name] = weights[name] + 1e-6
    save_file(weights, trained / "model.safetensors", metadata={"format": "pt"})
    verdicts(student, trained, PROBLEMS, DECODING)
    verdicts(student, None, PROBLEMS, DECODING)
    verdicts(student, None, PROBLEMS, DECODING.model_copy(update=dict(max_new_tokens=11)))
    verdicts(student, None, PROBLEMS[:9], DECODING)
    assert loaded == [10, 10, 10, 10, 9]


def test_samples_are_rows_that_differ_and_come_out_the_same_again(student, loaded, tmp_path, monkeypatch) -> None:
    drawn = DECODING.model_copy(update=dict(samples=3, temperature=1.0))
    first = sorted(verdicts(student, None, PROBLEMS, drawn), key=lambda one: one.key)
    assert [one.key for one in first] == [(f"p-{n}", sample) for n in range(10) for sample in range(3)]
    assert all(len({one.completion for one in first[at : at + 3]}) == 3 for at in range(0, 30, 3))
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "second"))
    assert sorted(verdicts(student, None, PROBLEMS, drawn), key=lambda one: one.key) == first
    assert loaded == [30, 30]


def test_equal_prompts_of_other_problems_draw_otherwise(student, loaded) -> None:
    drawn = DECODING.model_copy(update=dict(temperature=1.0))
    twins = [dataclasses.replace(PROBLEMS[0], id=name) for name in ("a", "b")]
    one, other = verdicts(student, None, twins, drawn)
    assert one.completion != other.completion


def test_an_untrained_folder_is_told(student, tmp_path) -> None:
    with pytest.raises(UserError, match="no trained student is here; run `dvc repro` to train one"):
        verdicts(student, tmp_path / "none", PROBLEMS, DECODING)


def test_a_student_that_states_no_answer_is_asked_again_behind_its_own_text(student, loaded, monkeypatch) -> None:
    plain = {one.key: one for one in verdicts(student, None, PROBLEMS, DECODING)}
    assert not any(one.stated for one in plain.values())
    decode, prompts = TransformersEngine._decode, []

    def watched(self, requests, encoded, *working):
        prompts.extend(request.prompt for request in requests)
        return decode(self, requests, encoded, *working)

    monkeypatch.setattr(TransformersEngine, "_decode", watched)
    again = verdicts(student, None, PROBLEMS, DECODING.model_copy(update={"ask_again": True}))
    assert loaded == [10, 10]  # the first texts come from the journal
    assert len(prompts) == 10
    for verdict in again:
        first = plain[verdict.key]
        assert verdict.asked_again
        assert not verdict.stated
        assert verdict.completion.startswith(f"{first.completion}\n\nTherefore, the answer is")
        assert verdict.new_tokens > first.new_tokens


def test_the_second_answer_counts_and_is_not_stated() -> None:
    problem = PROBLEMS[0]
    first = judge(problem, Completion("Some pens are left", 5, "length", 5))
    right = with_second(problem, first, Completion(" 7 pens.", 4, "stop", 9))
    assert (first.predicted, right.predicted, right.correct, right.read_by, right.stated) == (
        None,
        "7",
        True,
        "asked_again",
        False,
    )
    none = with_second(problem, first, Completion(" not known.", 4, "stop", 9))
    assert (none.predicted, none.answered, none.asked_again, none.new_tokens) == (None, False, True, 9)
    read = judge(problem, Completion("So he has 8 pens.", 5, "stop", 5))
    assert with_second(problem, read, Completion(" it", 1, "stop", 9)).predicted == "8"
