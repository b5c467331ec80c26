"""Arms that differ in their selection, and mixtures: arms of their own in every table, named by what differs."""

from pathlib import Path
from typing import Any

import pytest

from cot_distill import catalogue
from cot_distill.supervision.selection import DEFAULT, in_words
from cot_distill.tables.charts import charts
from cot_distill.tables.findings import findings
from cot_distill.tables.layout import ONE_SEED
from cot_distill.tables.questions import NAMES, as_csv, as_markdown
from cot_distill.tables.runs import pair
from tests.conftest import ROOT
from tests.tables.synthetic import Synthetic
from tests.tables.test_questions import PARAMS, Runs

FOUR = {**DEFAULT, "samples": 4, "keep": "all", "match_by": "tokens"}


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def test_a_selection_is_named_by_what_is_not_as_by_default() -> None:
    assert catalogue.load_any(ROOT / "params.yaml")["selection"] == DEFAULT
    assert in_words(DEFAULT) is in_words(None) is in_words({}) is None
    assert in_words(FOUR) == "samples 4, keep all, match_by tokens"
    told = in_words({"pass_rate": [0.1, 0.9], "rationales_per_problem": 2, "keep": "diverse"})
    assert told == "keep diverse, rationales_per_problem 2, pass_rate 0.1 to 0.9"


def test_arms_of_another_selection_are_no_twins(runs: Runs) -> None:
    runs.add("0011", granularity=3, selection=dict(DEFAULT))
    runs.add("0111", granularity=3, selection=FOUR)
    runs.add("0111", granularity=1)
    table = runs.table("granularity")
    assert [(row["granularity"], row["selection"], row["accuracy"]) for row in table.rows] == [
        ("1", None, 0.75),
        ("3", None, 0.5),
        ("3", "samples 4, keep all, match_by tokens", 0.75),
    ]
    assert table.notes == [ONE_SEED]
    for name in NAMES:
        told = runs.table(name)
        if told.rows and name != "best":
            assert "selection" in told.columns, name
            assert "samples 4, keep all" in as_markdown(told) + as_csv(told), name
    (best,) = runs.table("best").rows
    assert best["runner_up"] == "gpt, 3, original, samples 4, keep all, match_by tokens"


def test_without_another_selection_no_table_has_the_column(runs: Runs) -> None:
    runs.add("0011", granularity=3, selection=dict(DEFAULT))
    runs.add("0111", granularity=1)
    for name in NAMES:
        assert "selection" not in runs.table(name).columns
    assert "unclosed_rate" not in runs.table("length").columns


def test_the_answer_alone_has_no_selection(runs: Runs) -> None:
    runs.add("0011", granularity=0, selection=FOUR)
    runs.add("0111", granularity=0, seed=2, selection=dict(DEFAULT))
    [row] = runs.table("granularity").rows
    assert (row["seeds"], row["accuracy"]) == (2, 0.625)


@pytest.mark.parametrize(
    ("members", "teacher", "granularity", "layout"),
    [
        ([{"granularity": "thoughts"}, {"weight": 4}], "gpt", "thoughts 1 : level 3 4", "original"),
        ([{"teacher": "a"}, {"teacher": "b"}], "a 1 : b 1", "3", "original"),
        ([{"granularity": None}, {"weight": 0.5, "granularity": 5}], "gpt", "as written 1 : level 5 0.5", "original"),
        ([{"format": "symbolic"}, {"weight": 2}], "gpt", "3", "symbolic 1 : original 2"),
    ],
)
def test_a_mixture_is_named_by_what_its_arms_do_not_share(
    members: list[dict[str, Any]], teacher: str, granularity: str, layout: str
) -> None:
    mixture = [{"weight": 1, **one} for one in members]
    _, tuned = pair("run", {**PARAMS, "mixture": mixture}, "untuned", "tuned")
    assert (tuned.teacher, tuned.granularity, tuned.format) == (teacher, granularity, layout)


def test_a_mixture_stands_in_tables_beside_its_arms(runs: Runs) -> None:
    mixture = [{"weight": 1, "granularity": "thoughts"}, {"weight": 4}]
    runs.add("0011", granularity=3)
    runs.add("0001", granularity="thoughts")
    runs.add("0111", mixture=mixture)
    rows = runs.table("granularity").rows
    assert [(row["granularity"], row["p_best"] == 1) for row in rows] == [
        ("3", False),
        ("thoughts", False),
        ("thoughts 1 : level 3 4", True),
    ]
    assert "thoughts 1 : level 3 4" in as_markdown(runs.table("length"))


def _right(count: int, of: int = 400) -> str:
    return "1" * count + "0" * (of - count)


def _found(runs: Synthetic) -> dict[str, Any]:
    return {one.name: one for one in findings(runs.connect(), least_seeds=1)}


def test_arms_of_another_selection_pair_with_their_own_alone() -> None:
    runs = Synthetic()
    for level, count in ((1, 100), (2, 200), (3, 100)):
        runs.tuned(level, _right(count))
    runs.tuned(3, _right(390), selection="samples 4, keep all")
    found = _found(runs)
    assert found["granularity"].verdict == "holds"
    assert {contrast.one for contrast in found["granularity"].cases[0].contrasts} == {"level 2", "level 3"}
    assert len(found["granularity"].cases[0].contrasts) == 3
    runs.tuned(1, _right(300), selection="samples 4, keep all")
    where = [case.where for case in _found(runs)["granularity"].cases]
    assert where == ["svamp, small, solver", "svamp, small, solver, samples 4, keep all"]


@pytest.mark.parametrize(
    ("long", "verdict"), [(100, "holds"), (310, "does not hold"), (200, "does not hold"), (195, "not enough data")]
)
def test_long_traces_against_short_ones(long: int, verdict: str) -> None:
    runs = Synthetic()
    short = _right(200)
    if verdict == "not enough data":
        short = short[::-1]
    runs.tuned(3, short, teacher="thinker")
    runs.tuned("thoughts", _right(long), teacher="thinker", mean_words=400.0)
    runs.tuned("padded", _right(400), teacher="thinker", mean_words=60.0)
    runs.tuned(3, _right(400), teacher="other")
    found = _found(runs)["long_traces"]
    assert found.verdict == verdict
    [case] = found.cases
    assert (case.where, case.decisive.one, case.decisive.other) == (
        "svamp, small, thinker",
        "thinker level 3",
        "thoughts",
    )


def test_traces_that_are_hardly_longer_decide_nothing() -> None:
    runs = Synthetic()
    runs.tuned(3, _right(200))
    runs.tuned("thoughts", _right(100), mean_words=99.0)
    found = _found(runs)["long_traces"]
    assert (found.verdict, found.cases) == ("not enough data", ())
    assert "granularity=thoughts" in found.needed


MIXED = '{"teacher": "solver", "granularity": 3, "format": "original", "mixture": [{"weight": 1, "granularity": %s}, {"weight": 4}]}'


@pytest.mark.parametrize(
    ("level", "mixed", "verdict"),
    [
        ("thoughts", (300,), "holds"),
        (None, (300,), "holds"),
        ("thoughts", (150,), "does not hold"),
        ("thoughts", (150, 300), "holds"),
        ("thoughts", (203,), "not enough data"),
    ],
)
def test_a_mixture_of_long_and_short_against_both(level: str | None, mixed: tuple[int, ...], verdict: str) -> None:
    runs = Synthetic()
    runs.tuned(3, _right(200))
    runs.tuned(level, _right(100), mean_words=400.0)
    for weight, count in enumerate(mixed, 1):
        right = _right(count)
        if verdict == "not enough data":
            right = right[::-1]
        params = (MIXED % ("null" if level is None else f'"{level}"')).replace("4", str(3 + weight))
        runs.tuned(f"long 1 : level 3 {3 + weight}", right, params=params)
    found = _found(runs)["mixtures"]
    assert found.verdict == verdict
    [case] = found.cases
    assert len(case.contrasts) == 2 * len(mixed)


def test_a_mixture_without_one_of_its_arms_or_of_arms_alike_in_length_decides_nothing() -> None:
    runs = Synthetic()
    runs.tuned(3, _right(200))
    runs.tuned("thoughts 1 : level 3 4", _right(300), params=MIXED % '"thoughts"')
    assert _found(runs)["mixtures"].cases == ()
    runs.tuned("thoughts", _right(100), mean_words=60.0)
    found = _found(runs)["mixtures"]
    assert (found.verdict, found.cases) == ("not enough data", ())


@pytest.mark.parametrize(
    ("match_by", "keep", "verdict"),
    [("tokens", "all", "holds"), ("rows", "all", "not enough data"), ("tokens", "longest", "not enough data")],
)
def test_several_rationales_against_one_at_equal_tokens(match_by: str, keep: str, verdict: str) -> None:
    runs = Synthetic()
    one, several = (
        f'{{"selection": {{"samples": {samples}, "keep": "{kept}", "rationales_per_problem": null, "match_by": "{by}", "pass_rate": null}}}}'
        for samples, kept, by in ((1, "first", "problems"), (4, keep, match_by))
    )
    runs.tuned(3, _right(200), params=one)
    runs.tuned(3, _right(300), params=several, selection="samples 4")
    runs.tuned(4, _right(399), params=one)
    found = _found(runs)["several_rationales"]
    assert found.verdict == verdict
    assert [case.where for case in found.cases] == (["svamp, small, solver, 3, original"] if verdict == "holds" else [])


def test_arms_without_a_level_stand_in_the_level_chart_with_their_length(tmp_path: Path) -> None:
    runs = Synthetic()
    runs.tuned(1, _right(5, 20))
    runs.tuned("thoughts", _right(8, 20), mean_words=412.4)
    runs.tuned(None, _right(4, 20), mean_words=60.0)
    runs.tuned("thoughts 1 : level 1 4", _right(9, 20), mean_words=120.0)
    runs.tuned(1, _right(7, 20), selection="samples 4")
    [chart] = [one for one in charts(runs.connect(), ROOT) if one.name == "granularity-svamp"]
    assert chart.alt == (
        "Accuracy by granularity on svamp: small taught by solver reaches 25.0% at level 1, 20.0% as written (60 words), "
        "40.0% with thoughts (412 words), 45.0% with thoughts 1 : level 1 4 (120 words), best with thoughts 1 : level 1 4 "
        "(120 words); small taught by solver, samples 4 reaches 35.0% at level 1, best at level 1."
    )
    drawn = {(row["place"], row["kind"], row.get("length")) for row in chart.spec["data"]["values"]}
    assert drawn == {
        ("1", "level", None),
        ("thoughts", "beside", "412 words"),
        ("as written", "beside", "60 words"),
        ("thoughts 1 : level 1 4", "beside", "120 words"),
    }
    assert "412 words" in chart.svg()
