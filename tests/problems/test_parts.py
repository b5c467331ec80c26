"""Where rows are: shards, files per split, columns of splits, data sets of the hub; and how splits are called."""

import json
from collections import Counter
from pathlib import Path

import pytest

from cot_distill import problems
from cot_distill.errors import UserError
from cot_distill.problems import own
from cot_distill.problems.columns import Columns
from cot_distill.problems.parts import split_named
from tests.hub import serving
from tests.layouts import hub_dataset


def rows(first: int, count: int) -> list[dict[str, object]]:
    return [{"question": f"What is {n} and 1?", "answer": n + 1} for n in range(first, first + count)]


def write(folder: Path, name: str, content: list[dict[str, object]]) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in content))


def counts(folder: Path, **columns: object) -> dict[str, int]:
    found = own.load(folder, Columns(**columns), 1).problems
    return {split: sum(one.split == split for one in found) for split in ("train", "test")}


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train-00000-of-00002.parquet", "train"),
        ("data/validation/part-0.jsonl", "dev"),
        ("dev_rand_split.jsonl", "dev"),
        ("math500_test.jsonl", "test"),
        ("auxiliary_train", "train"),
        ("Training", "train"),
        ("contest.jsonl", None),
        ("latest.csv", None),
    ],
)
def test_the_split_that_a_name_means(name: str, split: str | None) -> None:
    assert split_named(name) == split


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"d/train-0.jsonl": 6, "d/train-1.jsonl": 4, "d/test.jsonl": 3}, {"train": 10, "test": 3}),
        ({"d/train.jsonl": 6, "d/test.jsonl": 3, "d/dev.jsonl": 5, "d/README.md": 1}, {"train": 6, "test": 3}),
        ({"d/train.jsonl": 6, "d/validation.jsonl": 3}, {"train": 6, "test": 3}),
        ({"d/part-0.jsonl": 6, "d/part-1.jsonl": 4}, {"train": 8, "test": 2}),
        ({"d/test.jsonl": 6, "d/val.jsonl": 4}, {"train": 5, "test": 1}),
        ({"d/x/train/0.jsonl": 6, "d/x/test/0.jsonl": 4, "d/.hidden/test.jsonl": 9}, {"train": 6, "test": 4}),
    ],
)
def test_a_folder_of_files(tmp_path: Path, files: dict[str, int], found: dict[str, int]) -> None:
    first = 0
    for name, count in files.items():
        write(tmp_path, name, rows(first, count))
        first += count
    assert counts(tmp_path, file="d") == found


def test_a_name_that_names_no_split_beside_others_that_do(tmp_path: Path) -> None:
    for first, name in enumerate(("train", "test", "extra")):
        write(tmp_path, f"d/{name}.jsonl", [{**row, "part": "test"} for row in rows(10 * first, 5)])
    with pytest.raises(UserError, match=r"d: extra.jsonl names no split, as test.jsonl does; say by own.splits which"):
        counts(tmp_path, file="d")
    splits = {"train": ["train.jsonl", "extra.jsonl"], "test": "test.jsonl"}
    assert counts(tmp_path, file="d", splits=splits) == {"train": 10, "test": 5}
    assert counts(tmp_path, file="d", split="part") == {"train": 12, "test": 3}


def test_globs_and_files_per_split(tmp_path: Path) -> None:
    write(tmp_path, "a-1.jsonl", rows(0, 4))
    write(tmp_path, "a-2.jsonl", rows(4, 4))
    write(tmp_path, "b.jsonl", rows(8, 3))
    write(tmp_path, "c.jsonl", rows(11, 2))
    assert counts(tmp_path, file="a-*.jsonl") == {"train": 7, "test": 1}
    assert counts(Path("/"), file=f"{tmp_path}/a-*.jsonl") == {"train": 7, "test": 1}
    splits = {"train": ["a-*.jsonl", "c.jsonl"], "test": "b.jsonl"}
    assert counts(tmp_path, file=".", splits=splits) == {"train": 10, "test": 3}
    with pytest.raises(UserError, match="holds no file that can be read"):
        counts(tmp_path, file="z-*.jsonl")
    with pytest.raises(UserError, match=r"b\.json: no such file"):
        counts(tmp_path, file=".", splits={"train": "a-1.jsonl", "test": "b.json"})


def test_a_column_of_splits_and_what_they_are_called(tmp_path: Path) -> None:
    parts = [*["Training"] * 5, *["validation"] * 3, *["test"] * 2]
    write(tmp_path, "a.jsonl", [row | {"split": part} for row, part in zip(rows(0, 10), parts, strict=True)])
    found = own.load(tmp_path, Columns(file="a.jsonl"), 1)
    assert counts(tmp_path, file="a.jsonl") == {"train": 5, "test": 2}
    assert found.notes == ["3 rows that 'split' calls dev are set aside as dev, which dev_problems: 0 leaves unused"]
    called = {"train": ["Training", "test"], "test": "validation"}
    assert counts(tmp_path, file="a.jsonl", split="split", splits=called) == {"train": 7, "test": 3}


@pytest.mark.parametrize("named", [["train"] * 10, ["test"] * 10])
def test_a_column_that_names_one_split_alone_leaves_the_test_to_be_drawn(tmp_path: Path, named: list[str]) -> None:
    write(tmp_path, "a.jsonl", [row | {"split": part} for row, part in zip(rows(0, 10), named, strict=True)])
    found = own.load(tmp_path, Columns(file="a.jsonl"), 1)
    assert counts(tmp_path, file="a.jsonl") == {"train": 8, "test": 2} and found.drawn


def test_test_problems_without_a_training_split_are_parted_beside_dev(tmp_path: Path) -> None:
    write(tmp_path, "d/test.jsonl", rows(0, 10))
    write(tmp_path, "d/dev.jsonl", rows(10, 3))
    found = own.load(tmp_path, Columns(file="d"), 1, with_dev=True).problems
    assert Counter(one.split for one in found) == {"train": 8, "test": 2, "dev": 3}
    assert {one.question for one in found if one.split == "dev"} == {str(row["question"]) for row in rows(10, 3)}


def test_of_a_question_in_both_splits_the_training_row_goes(tmp_path: Path) -> None:
    write(tmp_path, "d/train.jsonl", rows(0, 5))
    write(tmp_path, "d/test.jsonl", rows(3, 4))
    assert counts(tmp_path, file="d", bad_rows="drop") == {"train": 3, "test": 4}
    with pytest.raises(UserError, match=r"train\.jsonl: row 3: asks the same as row 0 of .*test\.jsonl; remove"):
        counts(tmp_path, file="d")


def test_to_transfer_to_data_without_splits_is_to_be_asked_all_of_it(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", rows(0, 10))
    sizes: dict[str, problems.Size] = {"train": None, "test": None}
    loaded = problems.load("own", tmp_path, tmp_path, 1, sizes, Columns(file="a.jsonl"), parted=False)
    assert loaded.account.rows_kept == {"train": 0, "test": 10}


def test_a_broken_shard_is_named(tmp_path: Path) -> None:
    write(tmp_path, "d/a.jsonl", rows(0, 3))
    (tmp_path / "d/b.jsonl").write_text('{"question": "cut')
    with pytest.raises(UserError, match=r"b\.jsonl: row 0: not valid JSON, perhaps cut off"):
        counts(tmp_path, file="d")


HUB_TEST = """
import json, sys
from pathlib import Path
from cot_distill.errors import UserError
from cot_distill.problems import own
from cot_distill.problems.columns import Columns
revisions = Path("revisions.yaml")
try:
    found = own.load(Path("."), Columns.model_validate(json.loads(sys.argv[1])), 1, revisions)
    print(json.dumps([[one.split, one.question, one.gold] for one in found.problems]))
except UserError as error:
    print(error)
"""


@pytest.mark.slow
def test_data_sets_of_the_hub(project, tmp_path: Path) -> None:
    """In a process of its own, since the hub's client reads its address once."""
    hard = [{"question": f"Is {n} odd?", "answer": n % 2 == 1} for n in range(3)]
    splits = {("easy", "train"): rows(0, 3), ("easy", "validation"): rows(3, 2), ("hard", "test"): hard}
    hub_dataset(tmp_path / "made", splits)
    (tmp_path / "revisions.yaml").write_text("own: null\n")
    (tmp_path / "load.py").write_text(HUB_TEST)
    with serving() as hub:
        hub.put("ann/sums", tmp_path / "made", "a" * 40)
        project.environment |= {
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "hf"),
            "PYTHONPATH": str(project.folder),
        }
        project.folder = tmp_path

        def load(**columns: object) -> str:
            done = project.run("python", "load.py", json.dumps({"file": "ann/sums", **columns}))
            assert done.returncode == 0, done.stderr
            return done.stdout.splitlines()[-1]

        found = json.loads(load(config="easy"))
        assert sorted(found) == [["test", f"What is {n} and 1?", str(n + 1)] for n in (3, 4)] + [
            ["train", f"What is {n} and 1?", str(n + 1)] for n in range(3)
        ]
        assert (tmp_path / "revisions.yaml").read_text() == f"own:\n  ann/sums: {'a' * 40}\n"
        assert len(json.loads(load(config="hard"))) == 3
        named = json.loads(load(config="easy", splits={"train": "validation", "test": "train"}))
        assert [one[0] for one in named].count("test") == 3
        told = "ann/sums has the configurations easy, hard; set own.config to one of them"
        assert load() == load(config="odd") == told
        assert load(file="ann/none").startswith("ann/none: cannot be had from the hub")


def test_of_several_files_the_broken_one_is_named_and_the_others_are_listed(tmp_path: Path) -> None:
    write(tmp_path, "mine/a.jsonl", rows(0, 3))
    write(tmp_path, "mine/c.jsonl", rows(3, 4))
    (tmp_path / "mine/b.jsonl").write_text('{"question": "cut')
    with pytest.raises(UserError) as told:
        own.load(tmp_path, Columns(file="mine"), 1)
    line = str(told.value)
    assert line.startswith(f"{tmp_path}/mine/b.jsonl: row 0: not valid JSON")
    assert line.endswith("1 of 3 cannot be read; the others can: a.jsonl (3 rows), c.jsonl (4 rows)")
    assert "\n" not in line


def test_what_datasets_writes_beside_its_rows_is_not_read(tmp_path: Path) -> None:
    for split, found in (("train", rows(0, 4)), ("test", rows(4, 2))):
        write(tmp_path, f"mine/{split}/part.jsonl", found)
        (tmp_path / f"mine/{split}/state.json").write_text('{"_split": null}')
        (tmp_path / f"mine/{split}/dataset_info.json").write_text('{"features": {}}')
    (tmp_path / "mine/dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    assert counts(tmp_path, file="mine") == {"train": 4, "test": 2}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("exam.xlsx", "exam.xlsx: a workbook, which is not read; save its sheet as CSV"),
        ("exam.ods", "exam.ods: a workbook, which is not read; save its sheet as CSV"),
        ("exam.zip", "exam.zip: a packed archive, which is not read; unpack it"),
        ("exam.csv.xz", "exam.csv.xz: a packed archive, which is not read; unpack it"),
        ("exam.doc", "exam.doc: ends in '.doc'; readable are .json"),
    ],
)
def test_files_that_are_not_read(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / name).write_bytes(b"PK")
    with pytest.raises(UserError, match=told):
        own.load(tmp_path, Columns(file=name), 1)


def test_a_split_that_a_row_leaves_empty(tmp_path: Path) -> None:
    told = [{**row, "split": split} for row, split in zip(rows(0, 3), ["train", None, "test"], strict=True)]
    write(tmp_path, "a.jsonl", told)
    for named in ({}, {"split": "split"}):
        with pytest.raises(UserError, match="row 1: 'split' is null, not text"):
            own.load(tmp_path, Columns(file="a.jsonl", **named), 1)
        assert counts(tmp_path, file="a.jsonl", bad_rows="drop", **named) == {"train": 1, "test": 1}
