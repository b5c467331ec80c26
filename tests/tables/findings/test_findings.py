"""Each claim on runs that are spelled out: when it holds, when it does not, and when nobody can know."""

from typing import Any

import pytest

from cot_distill.tables.findings import DOES_NOT_HOLD, HOLDS, NOT_ENOUGH, Finding, findings
from cot_distill.tables.findings.deciding import LEAST_SEEDS
from cot_distill.tables.findings.words import markdown
from tests.tables.synthetic import Synthetic


def _right(count: int, n: int = 200) -> str:
    """The first `count` of `n` problems right."""
    return "1" * count + "0" * (n - count)


def _finding(runs: Synthetic, name: str, least_seeds: int = 1) -> Finding:
    """The finding `name`; most tests give an arm one seed, and let that be enough."""
    return next(found for found in findings(runs.connect(), least_seeds) if found.name == name)


def _levels(runs: Synthetic, *counts: int, **other: Any) -> Synthetic:
    for level, count in enumerate(counts, start=1):
        runs.tuned(level, _right(count), **other)
    return runs


def test_without_runs_nothing_is_known() -> None:
    found = findings(Synthetic().connect())
    assert [one.name for one in found] == [
        *("tuning", "answer_only", "granularity", "stronger_students", "length", "formats", "teachers", "human"),
        *("long_traces", "mixtures", "several_rationales"),
    ]
    assert {one.verdict for one in found} == {NOT_ENOUGH}
    assert all(one.effect is None and one.needed and not one.cases for one in found)


def test_an_effect_has_its_interval_its_p_and_the_count_of_problems() -> None:
    runs = Synthetic()
    runs.untuned("1000010000")
    runs.tuned(3, "1111110000")
    found = _finding(runs, "tuning")
    (case,) = found.cases
    (contrast,) = case.contrasts
    # the tuned one is right on 4 problems more: 4/12 over √((5/12 - 1/9) / 12) = 2.088932 with 11 degrees of freedom
    assert (contrast.n, contrast.one_accuracy, contrast.other_accuracy) == (10, 0.6, 0.2)
    assert contrast.p == contrast.p_holm == pytest.approx(0.0608, abs=1e-4)
    assert (found.verdict, found.effect) == (NOT_ENOUGH, pytest.approx(0.4))
    # 4/12 ± 2.200985 · 0.159571
    assert (found.low, found.high) == pytest.approx((-0.017880, 0.684547), abs=1e-5)
    # (1.959964 + 0.841621)² · 0.24 / 0.16 = 11.8
    assert "12 test problems instead of 10" in found.needed
    assert found.effect_of == "svamp, small: solver level 3 minus untuned"


def test_tuning_holds_where_the_mean_is_better_and_no_arm_is_worse() -> None:
    runs = Synthetic()
    runs.untuned(_right(40))
    assert _finding(_levels(runs, 60, 80), "tuning").verdict == HOLDS
    runs.tuned(3, _right(20))
    found = _finding(runs, "tuning")
    assert found.verdict == DOES_NOT_HOLD
    assert found.summary == "svamp, small: Worse than untuned: solver level 3."


def test_a_gain_that_is_surely_small_does_not_hold() -> None:
    runs = Synthetic()
    runs.tuned(0, _right(40, 1000))
    runs.tuned(3, _right(41, 1000))
    assert _finding(runs, "answer_only").verdict == DOES_NOT_HOLD
    few = Synthetic()
    few.tuned(0, _right(4, 100))
    few.tuned(3, _right(6, 100))
    found = _finding(few, "answer_only")
    assert found.verdict == NOT_ENOUGH
    assert "to show that it is below 3 points" in found.needed


def test_granularity_rises_and_falls() -> None:
    found = _finding(_levels(Synthetic(), 40, 70, 90, 60), "granularity")
    assert (found.verdict, found.effect) == (HOLDS, pytest.approx(-0.15))
    assert found.summary == "svamp, small, solver: Level 3 is better than level 1, yet level 3 is better than level 4."
    assert len(found.cases[0].contrasts) == 6


def _twice(runs: Synthetic, *counts: int, **other: Any) -> Synthetic:
    for level, count in enumerate(counts, start=1):
        runs.tuned(level, _right(count), _right(count), **other)
    return runs


def test_one_seed_decides_nothing_and_says_what_it_shows() -> None:
    found = _finding(_levels(Synthetic(), 40, 70, 90, 60), "granularity", LEAST_SEEDS)
    assert (found.verdict, found.effect) == (NOT_ENOUGH, pytest.approx(-0.15))
    assert found.summary == (
        "svamp, small, solver: Level 3 is better than level 1, yet level 3 is better than level 4. That is of students "
        "trained once, which another seed may overturn."
    )
    assert found.needed == "svamp, small, solver: 2 training seeds an arm instead of 1"
    assert found.cases[0].decisive.needed == "2 training seeds an arm instead of 1"
    assert found.cases[0].early == HOLDS and found.notes[0].startswith("one seed: the student was trained once")
    text = markdown([found])
    assert "| < 0.001, one seed | < 0.001 (6) " in text
    assert _finding(_twice(Synthetic(), 40, 70, 90, 60), "granularity", LEAST_SEEDS).verdict == HOLDS
    rising = _finding(_levels(Synthetic(), 40, 60, 80), "granularity", LEAST_SEEDS)
    assert (rising.verdict, rising.cases[0].early) == (NOT_ENOUGH, DOES_NOT_HOLD)
    undecided = _finding(_levels(Synthetic(), 40, 60, 56), "granularity", LEAST_SEEDS)
    assert (undecided.verdict, undecided.cases[0].early) == (NOT_ENOUGH, None)
    assert "to show the fall of 2.0 points" in undecided.needed


def test_an_arm_with_one_seed_does_not_undo_what_others_with_two_show() -> None:
    runs = Synthetic()
    runs.untuned(_right(20))
    _twice(runs, 40, 70, 90, 60).tuned(5, _right(95))
    assert _finding(runs, "granularity", LEAST_SEEDS).verdict == HOLDS
    # the mean over all arms has one seed, since one of them has
    tuning = _finding(runs, "tuning", LEAST_SEEDS)
    assert (tuning.verdict, tuning.cases[0].contrasts[0].seeds, tuning.cases[0].contrasts[1].seeds) == (
        *(NOT_ENOUGH, 1, 2),
    )


def test_several_cases_say_how_many_one_seed_shows() -> None:
    runs = Synthetic()
    for dataset in ("svamp", "gsm8k"):
        runs.untuned(_right(20), dataset=dataset)
        runs.tuned(3, _right(90), dataset=dataset)
    found = _finding(runs, "tuning", LEAST_SEEDS)
    assert found.summary == (
        "2 cases: 2 not enough data. With the seeds that are there, which others may overturn: 2 holds."
    )


@pytest.mark.parametrize(
    "name",
    [
        *("tuning", "answer_only", "granularity", "stronger_students", "length", "formats", "teachers", "human"),
        *("long_traces", "mixtures", "several_rationales"),
    ],
)
def test_no_claim_takes_a_verdict_from_one_seed(name: str) -> None:
    mixture = '{"mixture": [{"granularity": 5}, {"granularity": 1}], "teacher": "solver", "format": "original"}'
    matched = '{"selection": {"keep": "all", "match_by": "tokens"}}'
    for seeds in (1, 2):
        runs = Synthetic()

        def tuned(
            granularity: int | str | None, count: int, seeds: int = seeds, runs: Synthetic = runs, **of: Any
        ) -> None:
            runs.tuned(granularity, *([_right(count)] * seeds), **of)

        for dataset in ("svamp", "gsm8k", "aqua"):
            for student, shift in (("small", 0), ("large", 60)):
                runs.untuned(_right(1), dataset=dataset, student=student)
                where = {"dataset": dataset, "student": student}
                tuned(0, 2, **where)
                for level, count in (
                    (1, 20 + shift),
                    (2, 40),
                    (3, 60 + shift),
                    (4, 2 + 2 * shift),
                    (5, 40 + 2 * shift),
                ):
                    tuned(level, count, mean_words=10.0 * level, **where)
                tuned("padded", 20 + shift, mean_words=50.0, **where)
                tuned("thoughts", 4, mean_words=500.0, **where)
                tuned(None, 5, teacher="human", **where)
                tuned(1, 190, teacher="poor", verified_rate=0.5, **where)
                for form in ("least_to_most", "symbolic", "rephrase_and_respond"):
                    tuned(3, 60 + shift, format=form, **where)
                tuned("level 5 1 : level 1 1", 195, params=mixture, **where)
                tuned(2, 150, selection="all, tokens", params=matched, **where)
        found = _finding(runs, name, LEAST_SEEDS)
        verdicts = {case.verdict for case in found.cases}
        assert (found.verdict == NOT_ENOUGH) == (seeds == 1), found.summary
        assert verdicts == {NOT_ENOUGH} if seeds == 1 else verdicts != {NOT_ENOUGH}
        assert seeds > 1 or {case.early for case in found.cases} - {None}


def test_granularity_that_only_rises() -> None:
    found = _finding(_levels(Synthetic(), 40, 60, 80), "granularity")
    assert (found.verdict, found.effect) == (DOES_NOT_HOLD, pytest.approx(0.2))


def test_granularity_that_may_fall_or_not() -> None:
    found = _finding(_levels(Synthetic(), 40, 60, 56), "granularity")
    assert found.verdict == NOT_ENOUGH
    assert "that accuracy falls anywhere is not shown" in found.summary
    assert "to show the fall of 2.0 points" in found.needed
    assert "at least 3 levels" in _finding(_levels(Synthetic(), 40, 60), "granularity").needed


def test_one_student_says_nothing_of_stronger_ones() -> None:
    found = _finding(_levels(Synthetic(), 40, 60, 80, 90, 95, 99), "stronger_students")
    assert (found.verdict, found.cases) == (NOT_ENOUGH, ())
    assert found.needed.startswith("at least two students")


def test_stronger_students_gain_from_finer_steps() -> None:
    runs = _levels(_levels(Synthetic(), 60, 60, 30, 30, student="weak"), 100, 100, 100, 140, student="strong")
    found = _finding(runs, "stronger_students")
    # strong: level 4 alone is fine, 70% against 50%; weak: 15% against the mean 25% of levels 1 to 3
    assert found.verdict == HOLDS
    assert [round(one.difference, 3) for one in found.cases[0].contrasts] == [0.2, -0.1]
    both_gain = _levels(_levels(Synthetic(), 30, 60, student="weak"), 100, 140, student="strong")
    for student, count in (("weak", 90), ("strong", 160)):
        both_gain.tuned(5, _right(count), student=student)
    assert _finding(both_gain, "stronger_students").verdict == DOES_NOT_HOLD


def test_students_of_like_strength_decide_nothing() -> None:
    runs = _levels(_levels(Synthetic(), 60, 60, 60, 30, student="one"), 30, 60, 60, 62, student="two")
    found = _finding(runs, "stronger_students")
    assert found.verdict == NOT_ENOUGH
    assert "the stronger student is not shown" in found.summary


@pytest.mark.parametrize(
    ("padded", "words", "verdict"),
    [(42, 70.0, HOLDS), (79, 70.0, DOES_NOT_HOLD), (76, 70.0, NOT_ENOUGH), (42, 50.0, NOT_ENOUGH)],
)
def test_length(padded: int, words: float, verdict: str) -> None:
    runs = Synthetic()
    runs.tuned(1, _right(40), mean_words=30.0)
    runs.tuned(5, _right(80), mean_words=70.0)
    runs.tuned("padded", _right(padded), mean_words=words)
    found = _finding(runs, "length")
    assert found.verdict == verdict
    assert ("padded rationales have 50 words" in found.summary) == (words == 50.0)


def test_formats_that_are_alike_and_formats_that_are_not() -> None:
    runs = Synthetic()
    for name in ("original", "least_to_most", "symbolic"):
        runs.tuned(3, _right(60), format=name)
    found = _finding(runs, "formats")
    assert (found.verdict, found.needed) == (
        NOT_ENOUGH,
        "svamp, small, solver level 3: runs in rephrase_and_respond",
    )
    runs.tuned(3, _right(60), format="rephrase_and_respond")
    assert _finding(runs, "formats").verdict == HOLDS
    apart = Synthetic()
    apart.tuned(3, _right(60))
    apart.tuned(3, _right(90), format="symbolic")
    found = _finding(apart, "formats")
    assert (found.verdict, found.effect) == (DOES_NOT_HOLD, pytest.approx(0.15))


def test_a_stronger_teacher_with_a_weaker_student() -> None:
    runs = Synthetic()
    runs.tuned(3, _right(40), teacher="right", verified_rate=1.0)
    runs.tuned(3, _right(80), teacher="wrong", verified_rate=0.8)
    found = _finding(runs, "teachers")
    assert (found.verdict, found.effect) == (HOLDS, pytest.approx(-0.2))
    assert found.effect_of.endswith("right minus wrong")


def test_one_pair_of_teachers_cannot_say_always_and_like_teachers_say_nothing() -> None:
    runs = Synthetic()
    runs.tuned(3, _right(80), teacher="right", verified_rate=1.0)
    runs.tuned(3, _right(40), teacher="wrong", verified_rate=0.8)
    found = _finding(runs, "teachers")
    assert (found.verdict, found.cases[0].verdict) == (NOT_ENOUGH, DOES_NOT_HOLD)
    assert found.needed.startswith("3 pairs of teachers")
    alike = Synthetic()
    alike.tuned(3, _right(80), teacher="one", verified_rate=1.0)
    alike.tuned(3, _right(40), teacher="two", verified_rate=0.99)
    assert _finding(alike, "teachers").cases == ()


def test_human_rationales() -> None:
    runs = Synthetic()
    for dataset in ("svamp", "aqua", "gsm8k"):
        runs.tuned(3, _right(80), dataset=dataset)
        runs.tuned(None, _right(40), dataset=dataset, teacher="human_published", verified_rate=0.99)
        found = _finding(runs, "human")
        assert found.verdict == (HOLDS if dataset == "gsm8k" else NOT_ENOUGH)
    assert (len(found.cases), found.effect) == (3, pytest.approx(-0.2))
    wrong = Synthetic()
    wrong.tuned(3, _right(80))
    wrong.tuned(None, _right(40), teacher="human", verified_rate=0.8)
    assert _finding(wrong, "human").cases[0].summary == "Only 80.0% of the human rationales state the gold answer."


def test_seeds_are_averaged_and_tell_how_many_more_would_do() -> None:
    runs = Synthetic()
    runs.tuned(0, "1100000000", "1000000000")
    runs.tuned(3, "1110000000", "1001100000")
    contrast = _finding(runs, "answer_only").cases[0].contrasts[0]
    assert (contrast.seeds, contrast.one_accuracy, contrast.other_accuracy) == (
        2,
        pytest.approx(0.3),
        pytest.approx(0.15),
    )
    # differences ½, ½, ½: 1.5/12 over √((1.75/12 - 1/64) / 12) = 1.200 with 11 degrees of freedom, and nothing that the
    # seeds add: their accuracies vary by no more than their answers
    assert contrast.p == pytest.approx(0.2553, abs=1e-4)
    # d = 0.15; single seeds vary by 0.05 and 0.2, problems not beyond that: 7.848880 · 0.25 / (10 · 0.15²) = 8.7
    assert contrast.needed.endswith("or 9 seeds instead of 2")


def test_what_differs_in_more_than_the_arm_is_not_compared() -> None:
    runs = Synthetic()
    runs.tuned(0, _right(40), grader="old")
    runs.tuned(3, _right(80), grader="new")
    runs.tuned(3, _right(80), grader="old", setting="other epochs")
    runs.tuned(3, _right(80), grader="old", trained_on="gsm8k")
    runs.tuned(3, _right(80)[:150], grader="old")
    found = _finding(runs, "answer_only")
    assert found.cases == ()
    assert (
        "svamp, small: runs with other test problems, other params or another version of the grader" in found.notes[0]
    )


def test_an_arm_that_stands_twice_is_left_out_and_said() -> None:
    runs = Synthetic()
    runs.tuned(0, _right(40))
    runs.tuned(3, _right(80), run="a", pool="a")
    runs.tuned(3, _right(20), run="b", pool="b")
    found = _finding(runs, "answer_only")
    assert found.cases == ()
    assert [note[:11] for note in found.notes] == ["left out: a", "left out: b"]


def test_caveats() -> None:
    runs = Synthetic()
    runs.tuned(0, _right(40), examples=90)
    runs.tuned(3, _right(80))
    assert _finding(runs, "answer_only").notes == (
        "one seed: the student was trained once; p and interval cover the draw of test problems alone, and another seed "
        "may overturn them",
        "a single case: it says nothing of other students, datasets or teachers",
        "svamp, small: the arms were trained on 90 to 100 examples",
    )


def test_the_papers_numbers_stand_beside_ours_of_the_same_cell() -> None:
    runs = Synthetic()
    ours: dict[str, Any] = {"dataset": "gsm8k", "teacher": "gpt_4o_published"}
    runs.tuned(3, _right(100), student="bloom_3b", **ours)
    runs.tuned(2, _right(100), student="bloom_3b", **ours)
    runs.tuned(3, _right(100), student="small", **ours)
    (number,) = _finding(runs, "granularity").paper
    assert (number.student, number.arm, number.accuracy, number.plus_minus, number.ours) == (
        *("bloom_3b", "level 3", pytest.approx(0.2381), pytest.approx(0.005), 0.5),
    )
    text = markdown(findings(runs.connect()))
    assert "| gsm8k   | bloom_3b | level 3 | 23.8 ± 0.5 | 50.0% |" in text


def test_markdown_says_claim_verdict_effect_and_query() -> None:
    text = markdown(findings(_levels(Synthetic(), 40, 70, 90, 60).connect(), least_seeds=1))
    assert "| holds           | -15.0 (" in text
    assert "Query: `cot_distill/tables/findings/granularity.sql`" in text
    assert "**Not enough data.** There is nothing to compare yet." in text


def test_a_finding_says_where_its_verdict_depends_on_how_answers_are_read() -> None:
    runs = Synthetic()
    runs.untuned(_right(40))
    runs.tuned(3, _right(120), unstated=range(110))
    found = _finding(runs, "tuning")
    assert found.verdict == HOLDS
    [note] = [note for note in found.notes if "how answers are read" in note]
    assert note.startswith("depends on how answers are read: by stated answers alone it is 'does not hold' (")
    [note] = [note for note in _finding(runs, "tuning", LEAST_SEEDS).notes if "how answers are read" in note]
    assert "by stated answers alone it is 'not enough data' (svamp, small: Worse than untuned: " in note
    alike = Synthetic()
    alike.untuned(_right(40))
    alike.tuned(3, _right(120), unstated=range(5))
    assert not [note for note in _finding(alike, "tuning").notes if "how answers are read" in note]


def test_more_comparisons_than_can_be_read_are_one_a_case() -> None:
    runs = Synthetic()
    runs.untuned(_right(20))
    for number, teacher in enumerate("edcba"):
        _levels(runs, *(40 + 7 * number + more for more in (0, 3, 6, 1, 4, 7)), teacher=teacher)
    found = _finding(runs, "granularity")
    assert [len(case.contrasts) for case in found.cases] == [15] * 5
    told = markdown([found])
    assert "Shown is the comparison that stands for each of the 5 cases, of 75 comparisons; " in told
    rows = [line for line in told.splitlines() if line.startswith("| svamp, small, ")]
    assert [row.split("|")[1].strip()[-1] for row in rows] == [*"abcde"]
    tuning = _finding(runs, "tuning")
    labels = [contrast.one for contrast in tuning.cases[0].contrasts]
    assert labels == [
        "mean over 30 arms",
        *(f"{teacher} level {level}" for teacher in "abcde" for level in range(1, 7)),
    ]
    assert found.needed.endswith("; 2 more cases, each by itself")
