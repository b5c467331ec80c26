"""`study run --until decided`: seeds and test problems are added while a claim is open, and no longer."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from cot_distill import records
from cot_distill.records import Verdict
from cot_distill.studies.grid import Combination
from cot_distill.studies.judging import Judged, asked
from cot_distill.studies.plan import Plan
from cot_distill.studies.until import Growth, following
from cot_distill.tables.findings import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Case, Contrast, Finding
from tests.studies.conftest import Repository

LEVELS = [f"small-granularity_{level}" for level in (1, 2, 3)]
SECOND, THIRD = ([f"{name}-seed_{seed}" for name in LEVELS] for seed in (101, 102))


def _run(number: int, seed: int = 100, **values: Any) -> Combination:
    held = {"granularity": number, "format": "original", "teacher": "t", "student": "s", "mixture": None, "seed": seed}
    held |= {"selection": {"samples": 1}, "dataset": "word_problems", "test_problems": None, **values}
    return Combination(f"run-{number}-{seed}", {}, held)


def _plan(*runs: Combination, max_hours: float | None = None, root: Path = Path("nowhere")) -> Plan:
    return Plan("small", "?", root, list(runs), {}, {}, max_hours=max_hours)


def _contrast(*runs: Combination, **facts: Any) -> Contrast:
    numbers = {"one_accuracy": 0.2, "other_accuracy": 0.1, "difference": 0.1, "low": -0.1, "high": 0.3}
    facts = {"n": 20, "seeds": 1, "p": 0.2, "p_holm": 0.2, "compared": 1, "needed": "more", **facts}
    return Contrast(one="1", other="2", examples=(), runs=tuple(run.name for run in runs), **numbers, **facts)


def _judged(contrast: Contrast, verdict: Any = NOT_ENOUGH, looks: int = 6) -> Judged:
    case = Case("here", verdict, "", contrast, (contrast,), contrast.needed)
    found = Finding("granularity", "?", verdict, "", "", None, None, None, contrast.needed, "", (case,), (), ())
    return Judged((found,), looks)


def test_a_study_asks_the_claims_of_the_params_in_which_its_arms_differ() -> None:
    assert asked([_run(1), _run(2)]) == {"answer_only", "granularity", "length", "long_traces"}
    assert asked([_run(1), _run(1, format="symbolic")]) == {"formats"}


def test_one_seed_tells_nothing_so_that_a_second_comes_and_a_third_only_where_it_may_decide() -> None:
    one, two, three = _run(1), _run(2), _run(3)
    study = _plan(one, two, three)
    first = following(study, study, Growth(), _judged(_contrast(one, two)), 5)
    assert first.growth is not None and sorted(first.growth.seeds.values()) == [1, 1]
    grown = _plan(one, two, three, _run(1, 101), _run(2, 101))
    for needed, further in ((4, [2, 2]), (9, None), (None, None)):
        contrast = _contrast(*grown.runs[:2], *grown.runs[3:], seeds=2, seeds_told=True, seeds_needed=needed)
        step = following(study, grown, first.growth, _judged(contrast), 5)
        assert (sorted(step.growth.seeds.values()) if step.growth else None) == further
    assert step.why == "open, and no more than 5 seeds an arm are likely to decide it"
    last = following(study, grown, first.growth, _judged(_contrast(*grown.runs, seeds=2)), 2)
    # Of arms with one seed and two, those with one get their second.
    assert last.growth is not None and sorted(last.growth.seeds.values()) == [1, 1, 1]
    over = following(
        study, _plan(*grown.runs[:2], *grown.runs[3:]), first.growth, _judged(_contrast(*grown.runs[:2])), 2
    )
    assert over.growth is None and over.why == "open with 2 seeds an arm; --max-seeds allows more"


@pytest.mark.parametrize(("p", "verdict", "is_open"), [(0.004, HOLDS, 0), (0.02, HOLDS, 1), (0.3, DOES_NOT_HOLD, 0)])
def test_a_p_must_be_small_enough_for_all_looks_and_a_bound_needs_none(p: float, verdict: Any, is_open: int) -> None:
    judged = _judged(_contrast(_run(1), _run(2), seeds=2, p_holm=p, needed=""), verdict)
    assert (len(judged.open), len(judged.contrasts)) == (is_open, is_open)
    assert ("holds with p = 0.02; 6 looks ask for less than 0.0083" in judged.table()) == bool(is_open)


@pytest.mark.parametrize(("needed", "asked_for"), [(31, 50), (70, None), (58, 60)])
def test_test_problems_come_first_where_the_benchmark_has_enough(tmp_path, needed: int, asked_for: int | None) -> None:
    (tmp_path / "obqa").mkdir()
    choices = [{"label": label, "text": f"{label} thing"} for label in "ABCD"]
    for split, count in (("train", 5), ("test", 60)):
        rows = [
            {"id": f"{split}{n}", "question": {"stem": f"{split} {n}?", "choices": choices}, "answerKey": "A"}
            for n in range(count)
        ]
        (tmp_path / f"obqa/{split}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    bounded = {"dataset": "obqa", "test_problems": 20, "benchmarks": str(tmp_path), "data_seed": 1}
    one, two = _run(1, **bounded), _run(2, **bounded)
    study = _plan(one, two)
    step = following(study, study, Growth(), _judged(_contrast(one, two, problems_needed=needed)), 5)
    assert step.growth is not None
    assert step.growth.test_problems == asked_for and bool(step.growth.seeds) == (asked_for is None)


def test_the_hours_of_the_study_are_a_limit(tmp_path: Path) -> None:
    one, two = _run(1), _run(2)
    logs = tmp_path / ".dvc" / "tmp" / "studies" / "small"
    logs.mkdir(parents=True)
    for run in (one, two):
        (logs / f"{run.name}.json").write_text(json.dumps({"state": "finished", "seconds": 1800, "student": "s"}))
    for hours, stops in ((1.5, True), (2.5, False)):
        study = _plan(one, two, max_hours=hours, root=tmp_path)
        step = following(study, study, Growth(), _judged(_contrast(one, two)), 5)
        assert (step.growth is None) == stops
    assert step.why == "2 more trainings"


@pytest.fixture
def study(repository: Repository) -> Repository:
    """A study of three levels, which get 1, 2 and 3 of 8 problems right, whatever the seed."""
    repository.write("studies/small.yaml", "about: Which level?\ngrids:\n  - granularity: [1, 2, 3]\n")
    return repository


def test_what_it_does_not_go_with_is_told_in_a_line(study: Repository) -> None:
    for told, *options in (
        ("--shard and --until cannot be combined", "--shard", "1/2"),
        ("-S seed: --until decided adds to it", "-S", "seed=3"),
        ("the arms differ in none of granularity, format", "--only", "*_1"),
    ):
        refused = study.told("study", "run", "small", "--until", "decided", "--dry-run", *options)
        assert refused.code == 1 and told in refused.err and len(refused.err.splitlines()) == 1, refused
    refused = study.told("study", "run", "small", "--dry-run", "--max-seeds", "3")
    assert refused.code == 1 and "--max-seeds needs --until decided" in refused.err


@pytest.mark.slow
def test_seeds_are_added_while_a_claim_is_open_also_after_a_kill(study: Repository) -> None:
    first = study.told("study", "run", "small", "--until", "decided", "--dry-run")
    assert "3 runs: 3 missing" in first.out, first
    assert first.out.splitlines()[-1] == "the claims are judged when these are finished"
    assert study.study("run", "small").returncode == 0
    planned = study.told("study", "run", "small", "--until", "decided", "--dry-run")
    assert "3 runs finished, 1 of 1 claims open" in planned.out and "next: 3 more trainings" in planned.out
    assert "| small-granularity_3-seed_101 | missing " in planned.out
    assert study.experiments() == LEVELS

    (study.beside / "WAIT-2").touch()
    running = study.start("run", "small", "--until", "decided")
    study.wait_for(lambda: study.executed().count("train 2") == 2)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    (study.beside / "WAIT-2").unlink()
    done = study.study("run", "small", "--until", "decided")
    assert done.returncode == 0, done.stderr
    assert study.experiments() == sorted(LEVELS + SECOND)
    assert study.executed().count("train 1") == 2
    assert "6 runs finished, 1 of 1 claims open" in done.stdout
    assert done.stdout.splitlines()[-1] == "open, and no more than 5 seeds an arm are likely to decide it"
    again = study.told("study", "run", "small", "--until", "decided", "--dry-run")
    assert again.out.splitlines()[-1] == done.stdout.splitlines()[-1]


@pytest.mark.slow
def test_what_three_seeds_show_is_decided(study: Repository) -> None:
    for level in (1, 2, 3):
        path = study.beside / f"verdicts/{level}.parquet"
        rows = [Verdict(**{**vars_of(row), "correct": level == 2}) for row in records.read(path, Verdict)]
        records.write(path, rows, Verdict)
    done = study.study("run", "small", "--until", "decided")
    assert done.returncode == 0, done.stderr
    assert "3 runs finished, 1 of 1 claims open" in done.stdout
    assert (
        "6 runs finished, 1 of 1 claims open" in done.stdout and "3 training seeds an arm instead of 2" in done.stdout
    )
    assert "9 runs finished, 0 of 1 claims open" in done.stdout and done.stdout.splitlines()[-1] == "decided"
    assert study.experiments() == sorted(LEVELS + SECOND + THIRD)


def vars_of(row: Verdict) -> dict[str, Any]:
    """The fields of a verdict."""
    return {name: getattr(row, name) for name in Verdict.__dataclass_fields__}
