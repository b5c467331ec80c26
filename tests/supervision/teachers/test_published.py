"""The published arms: names, accounts that balance, what a survey tells, matching; and the real files where they are."""

import json
import re
from pathlib import Path

import pytest

from cot_distill import problems
from cot_distill.errors import UserError
from cot_distill.problems.sources import Folder
from cot_distill.supervision.teachers import release
from cot_distill.supervision.teachers.published import QuestionIndex, import_arm
from cot_distill.supervision.teachers.survey import survey
from tests.conftest import SHARED
from tests.inprocess import cot_distill
from tests.layouts import MATH, official

needs_real = pytest.mark.skipif(not (SHARED / "published").is_dir(), reason=f"needs the published files in {SHARED}")


@pytest.mark.parametrize(
    ("name", "dataset", "teacher", "granularity", "format", "variant"),
    [
        ("SVAMP_ChatGPT_level3_ranked", "svamp", "gpt_4o", 3, "original", None),
        ("0_gsm8k_chatgpt_level5RaR", "gsm8k", "gpt_4o", 5, "rephrase_and_respond", None),
        ("0_aqua_chatgpt_level5Sym", "aqua", "gpt_4o", 5, "symbolic", None),
        ("0_SVAMP_chatgpt_level3BSM", "svamp", "gpt_4o", 3, "least_to_most", None),
        ("openbookqa_chatgpt_symbolic_level3_ranked", "obqa", "gpt_4o", 3, "symbolic", None),
        ("commonsenseQA_chatgpt_level_1_ranked", "csqa", "gpt_4o", 1, "original", None),
        ("strategyQA_chatgpt_level_6_ranked", "strategyqa", "gpt_4o", 6, "original", None),
        ("stqa_llama_level4_ranked", "strategyqa", "llama_3_70b", 4, "original", None),
        ("math_gemini_level6_ranked", "math", "gemini_1_5_flash", 6, "original", None),
        ("math_mix_level2", "math", "mix", 2, "original", None),
        ("ecqa_train", "csqa", "human", None, "original", None),
        ("gsm8k_human", "gsm8k", "human", None, "original", None),
        ("gsm_train_onlyans", "gsm8k", None, 0, "original", None),
        ("aqua_only_ans", "aqua", None, 0, "original", None),
        ("openbookQA_ChatGPT_0_shot_without_gt_ranked", "obqa", "gpt_4o", None, "original", "0_shot_without_gt"),
    ],
)
def test_a_name_tells_the_arm(tmp_path: Path, name, dataset, teacher, granularity, format, variant) -> None:
    (tmp_path / f"{name}.json").write_text("[]")
    (tmp_path / "dataset_info.json").write_text("{}")
    (tmp_path / "notes.json").write_text("{}")
    [arm] = release.arms(tmp_path)
    assert (arm.arm, arm.dataset, arm.teacher) == (name, dataset, teacher)
    assert (arm.granularity, arm.format, arm.variant) == (granularity, format, variant)
    assert release.find(tmp_path, dataset, teacher, granularity, format, variant) == arm
    assert release.unknown(tmp_path) == [tmp_path / "notes.json"]


def test_math_human_holds_two_arms(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/math_human.json").write_text("[]")
    assert [(arm.arm, arm.teacher, arm.granularity) for arm in release.arms(tmp_path)] == [
        ("math_human", "human", None),
        ("math_onlyans", None, 0),
    ]


def test_an_arm_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    for name in ("SVAMP_llama_level1_ranked", "SVAMP_llama_level2_ranked", "SVAMP_only_ans"):
        (tmp_path / f"{name}.json").write_text("[]")
    with pytest.raises(UserError, match=r"of llama_3_70b on svamp: original at granularity 1, 2$"):
        release.find(tmp_path, "svamp", "llama_3_70b", 6, "original", None)
    with pytest.raises(UserError, match="of gpt_4o on svamp: nothing; on svamp it has: llama_3_70b"):
        release.find(tmp_path, "svamp", "gpt_4o", 1, "original", None)


@pytest.fixture
def miniature(tmp_path: Path) -> tuple[Path, Path]:
    """(published, benchmarks) in miniature."""
    published = tmp_path / "published" / "data"
    published.mkdir(parents=True)
    cold = "Q: Where is milk kept cold? Answer choices: A: oven, B: fridge, C: shoe, D: lamp"
    bread = "Q: Who bakes bread? Answer choices: A: a baker, B: a fish, C: a stone, D: the sun"
    rows = [
        {"instruction": cold, "output": "<Solution Path>\nA fridge is cold.The answer is B: fridge"},
        {"instruction": cold, "output": "Again. The answer is B"},
        {"instruction": "What do cows give? Answer Choices:\nA. milk\nB. ink\nC. sand\nD. gold\n", "output": "The answer is A"},
        {"instruction": "Q: What do cows give? Answer choices: D: salt, A: rain, C: wool, B: milk", "output": "Cows are milked. The answer is D"},
        {"instruction": bread, "output": "Bakers bake. The answer is A"},
        {"instruction": "Q: Why? Answer choices: A: x, B: y", "output": "No reason. The answer is A"},
    ]  # fmt: skip
    (published / "obqa_llama_level1_ranked.json").write_text(json.dumps(rows))
    longer = [row | {"output": f"Think of it well. {row['output']}"} for row in rows]
    (published / "obqa_llama_level2_ranked.json").write_text(json.dumps(longer))
    maths = [
        {"problem": MATH["train"][0]["problem"], "solution": "Half.", "output": "\\frac{3", "gemini_output": "Half of 3 is \x0crac{3}{2}. The answer is \x0crac{3}{2}"},
        {"problem": MATH["test"][0]["problem"], "solution": "Two.", "output": "2", "chatgpt_output": "The answer is 2"},
    ]  # fmt: skip
    (published / "math_gemini_level1_ranked.json").write_text(json.dumps(maths))
    (published / "math_human.json").write_text(json.dumps(maths))
    return published.parent, official(tmp_path / "benchmarks")


def test_every_row_is_kept_or_dropped_by_a_reason(miniature: tuple[Path, Path]) -> None:
    surveyed = {arm.arm: arm for arm in survey(*miniature).arms}
    one = surveyed["obqa_llama_level1_ranked"]
    assert (one.rows_in, one.rows_kept) == (6, 2)
    assert one.dropped == {"duplicate": 1, "empty": 1, "in_test": 1, "no_problem": 1}
    assert one.cleaned == {"answer_with_text": 1, "drop_prompt_parts": 1, "part_glued_answer": 1, "trim": 1}
    assert (one.verified_share, one.mean_words, one.measured_granularity) == (0.5, 3.5, 1.0)
    two = surveyed["obqa_llama_level2_ranked"]
    # The row whose answer stood alone now has a rationale; both levels share two problems, and both grew.
    assert (two.rows_kept, two.growing_share, one.growing_share) == (3, 1.0, 1.0)
    for arm in surveyed.values():
        assert arm.rows_in == arm.rows_kept + sum(arm.dropped.values())
    assert surveyed["math_onlyans"].cleaned == {"gold_from_benchmark": 1}
    assert (surveyed["math_onlyans"].verified_share, surveyed["math_human"].verified_share) == (0.0, 1.0)


def test_a_rationale_is_cleaned_and_its_answer_read(miniature: tuple[Path, Path]) -> None:
    published, benchmarks = miniature
    from cot_distill.problems import math

    train, test = ([one for one in math.load(Folder(benchmarks), split) if one] for split in ("train", "test"))
    [arm] = [arm for arm in release.arms(published) if arm.arm == "math_gemini_level1_ranked"]
    imported = import_arm(arm, QuestionIndex(train, test))
    assert [(one.gold, text, stated) for one, text, stated in imported.rows] == [
        ("\\frac{3}{2}", "Half of 3 is \\frac{3}{2}.", "\\frac{3}{2}")
    ]
    assert imported.account.dropped == {"in_test": 1}


def test_a_benchmark_that_is_absent_is_noted(miniature: tuple[Path, Path]) -> None:
    published, benchmarks = miniature
    (benchmarks / "math/train.jsonl").unlink()
    surveyed = survey(published, benchmarks)
    assert [note for note in surveyed.notes if note.startswith("math: ") and "train.jsonl: no such file" in note]
    [arm] = [arm for arm in surveyed.arms if arm.arm == "math_gemini_level1_ranked"]
    assert (arm.rows_kept, arm.dropped, arm.verified_share) == (0, {"in_test": 1, "no_problem": 1}, None)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"instruction": "Q", "output": None}, "row 0: 'output' is null, not text"),
        ({"instruction": "Q", "output": ["a"]}, "row 0: 'output' is a list, not text"),
        ({"instruction": "Q", "output": 5}, "row 0: 'output' is a number, not text"),
        ({"instruction": 5, "output": "a"}, "row 0: 'instruction' is a number, not text"),
        ({"question": "Q", "output": "a"}, "row 0: 'instruction' is missing"),
        ({"instruction": "Q"}, "row 0: 'output' is missing"),
    ],
)
def test_a_broken_row_is_named(miniature: tuple[Path, Path], row, told: str) -> None:
    path = miniature[0] / "data/obqa_llama_level1_ranked.json"
    path.write_text(json.dumps([row]))
    [arm] = [arm for arm in release.arms(miniature[0]) if arm.path == path]
    with pytest.raises(UserError) as raised:
        import_arm(arm, QuestionIndex([], []))
    assert str(raised.value) == f"{path}: {told}"


def test_the_commands(tmp_path: Path, miniature: tuple[Path, Path]) -> None:
    published, benchmarks = miniature

    def good(*arguments: str) -> str:
        done = cot_distill(tmp_path, *arguments)
        assert done.code == 0, done.err
        return done.out

    folders = ("--published", str(published), "--benchmarks", str(benchmarks))
    told = json.loads(good("arms", *folders, "--json"))
    assert [arm["arm"] for arm in told] == ["math_gemini_level1_ranked", "math_human", "math_onlyans", "obqa_llama_level1_ranked", "obqa_llama_level2_ranked"]  # fmt: skip
    assert {"teacher", "granularity", "format", "rows_in", "rows_kept", "dropped", "cleaned"} <= set(told[0])
    table = good("arms", *folders)
    assert "obqa_llama_level1_ranked" in table and "in_test 1" in table
    wrote = good("match", "obqa_llama_level1_ranked", "obqa_llama_level2_ranked", *folders)
    assert wrote == "data/match_arms.txt: 2 problems; the arms teach 2, 3\n"
    assert (tmp_path / "data/match_arms.txt").read_text().splitlines()[3:] == ["obqa-1", "obqa-3"]
    for arguments, fault in (
        (("match", "obqa_llama_level1_ranked", *folders), "name two arms or more"),
        (("match", "obqa_llama_level1_ranked", "math_human", *folders), "these arms share no problem"),
        (
            ("match", "obqa_llama_level1_ranked", "nobody", *folders),
            "'nobody' is no published arm, nor an experiment or commit to read: ",
        ),
        (("arms", "--published", "/no/such"), "/no/such: no such folder"),
    ):
        done = cot_distill(tmp_path, *arguments)
        assert (done.code, fault in done.err, done.err.count("\n")) == (1, True, 1), done.err


def test_of_a_release_with_a_broken_file_the_others_are_listed(tmp_path: Path, miniature: tuple[Path, Path]) -> None:
    published, benchmarks = miniature
    broken = published / "data/obqa_llama_level2_ranked.json"
    broken.write_text('[{"instruction": "cut')
    done = cot_distill(tmp_path, "arms", "--published", str(published), "--benchmarks", str(benchmarks))
    assert "obqa_llama_level1_ranked" in done.out and "obqa_llama_level2_ranked" not in done.out
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert f"1 of the files cannot be read and are not listed: {broken}: not valid JSON, perhaps cut off" in done.err


def test_the_pipeline_teaches_an_arm_and_reports_it(project, miniature: tuple[Path, Path]) -> None:
    published, benchmarks = miniature
    project.set(dataset="obqa", teacher="llama_3_70b_published", granularity=2, benchmarks=str(benchmarks), published=str(published), train_problems=None, test_problems=None)  # fmt: skip
    for stage in ("check", "prepare", "generate", "transform", "measure"):
        done = project.stage(stage)
        assert done.returncode == 0, done.stderr
    report = json.loads((project.folder / "metrics/supervision/report.json").read_text())
    assert report["accounts"]["generate"]["dropped"] == {"duplicate": 1, "in_test": 1, "no_problem": 1}
    assert report["answers"] == {"stated_is_gold": 2, "stated_is_not_gold": 1, "different_golds": 2}
    page = (project.folder / "metrics/supervision/report.md").read_text()
    assert "| generate | 6 | 3 | duplicate 1, in test 1, no problem 1 |" in page
    project.set(verified_only=True, max_words=8)
    assert project.stage("transform").returncode == 0
    account = json.loads((project.folder / "data/accounts.json").read_text())
    assert account["transform"]["dropped"] == {"wrong_answer": 1}
    project.set(granularity=6)
    done = project.stage("check")
    assert "which cannot serve dataset 'obqa', granularity 6, format 'original'" in done.stderr
    assert "of llama_3_70b on obqa: original at granularity 1, 2" in done.stderr


@pytest.mark.slow
@needs_real
def test_the_release_imports_whole() -> None:
    surveyed = survey(SHARED / "published", SHARED / "benchmarks").arms
    assert len(surveyed) == 78  # 77 files, one of them with two arms
    for arm in surveyed:
        assert arm.rows_in == arm.rows_kept + sum(arm.dropped.values()), arm.arm
    by_name = {arm.arm: arm for arm in surveyed}
    assert by_name["stqa_human_annotation"].dropped == {"in_test": 290}
    assert by_name["math_gemini_level1_ranked"].cleaned["other_key"] == 195
    assert by_name["aqua_human"].dropped == {"no_problem": 6100}
    assert by_name["obqa_llama_level1_ranked"].dropped["in_test"] == 14
    # The paper's table of mean words, which our cleaning moves by a little.
    for arm, words in (("SVAMP_ChatGPT_level1_ranked", 31.4), ("SVAMP_ChatGPT_level6_ranked", 77.1), ("SVAMP_llama_level4_ranked", 78.4), ("openbookQA_chatgpt_level_5_ranked", 52.7), ("strategyQA_chatgpt_level_3_ranked", 51.3), ("math_mix_level4", 104.2)):  # fmt: skip
        assert by_name[arm].mean_words == pytest.approx(words, rel=0.05)
    for arm in surveyed:
        if arm.teacher and arm.rows_kept:
            assert (arm.verified_share or 0) > 0.91, arm.arm
        if arm.dataset != "aqua":
            assert arm.rows_kept >= 0.94 * (arm.rows_in - arm.dropped.get("in_test", 0)), arm.arm


@pytest.mark.slow
@needs_real
def test_the_papers_aqua_rows_are_known_in_a_stand_in_of_the_training_file(tmp_path: Path) -> None:
    # AQuA's own training file is not at hand: its rows are rebuilt from the published prompts, others mixed in.
    rows = []
    for row in json.loads((SHARED / "published/data/aqua_human.json").read_text()):
        stem, _, offered = row["instruction"].rpartition(" Answer Choices: ")
        texts = re.split(r"\s*\([A-E]\) ", f" {offered}")[1:]
        options = [f"{letter}){text}" for letter, text in zip("ABCDE", texts, strict=True)]
        rows.append({"question": stem, "options": options, "rationale": "", "correct": "A"})
    rows += [rows[0] | {"question": f"Was this row number {number} used?"} for number in range(300)]
    (tmp_path / "aqua").mkdir()
    (tmp_path / "aqua/train.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "aqua/test.json").write_text(json.dumps(rows[0] | {"question": "Who is it?"}))
    loaded = problems.load("aqua", tmp_path, tmp_path / "none", 1, {"train": None, "test": None})
    assert loaded.account.rows_in["train"] == 6400
    assert loaded.account.dropped["train"] == {"duplicate": 3, "not_in_paper": 300}
    assert loaded.account.rows_kept["train"] == 6097
    [arm] = [arm for arm in release.arms(SHARED / "published") if arm.arm == "aqua_gemini_level1_ranked"]
    account = import_arm(arm, QuestionIndex(loaded.problems["train"], loaded.problems["test"])).account
    assert account.rows_kept > 6060
    assert account.dropped["no_problem"] == 1
