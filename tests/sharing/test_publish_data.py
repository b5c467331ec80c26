"""`cot-distill publish-data` against a hub on loopback: what arrives, and what its card says."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.hub import serving as data_hub
from tests.layouts import hub_dataset
from tests.model_hub import ModelHub, serving

TOKEN = "hf_abcdefghijklmnopqrstuvwxyz"
Publish = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def hub() -> Iterator[ModelHub]:
    with serving() as hub:
        yield hub


@pytest.fixture
def publish(project, hub) -> Publish:
    """The command in a project whose supervision has been made."""
    for stage in ("check", "prepare", "generate", "transform"):
        done = project.stage(stage)
        assert done.returncode == 0, done.stderr
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    told = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HOME": str(project.folder / "hf"), "HF_HUB_DISABLE_XET": "1"}
    project.environment = {**kept, **project.environment, **told}

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        return project.run(sys.executable, "-m", "cot_distill.cli", "publish-data", *options)

    return run


def test_what_arrives_are_the_tables_and_a_card(project, hub, publish) -> None:
    import pyarrow.parquet as pq
    from huggingface_hub import DatasetCard

    done = publish("ann/cots")
    assert (done.returncode, done.stdout) == (0, f"{hub.url}/datasets/ann/cots\n"), done.stderr
    files = hub.repos["ann/cots"]
    assert hub.kinds["ann/cots"] == "dataset" and hub.commits == ["Data by cot-distill"]
    assert set(files) - {"problems/dev.parquet"} == {".gitattributes", "README.md", "problems/train.parquet", "problems/test.parquet", "rationales/train.parquet"}  # fmt: skip
    assert files["problems/train.parquet"] == (project.folder / "data/problems/train.parquet").read_bytes()
    rationales = pq.read_table(io.BytesIO(files["rationales/train.parquet"])).to_pylist()
    assert len(rationales) == 8 and {row["teacher"] for row in rationales} == {"solver"}
    card = DatasetCard(files["README.md"].decode())
    assert card.data.license == "apache-2.0" and "cot-distill" in card.data.tags
    assert [config["config_name"] for config in card.data.to_dict()["configs"]] == ["problems", "rationales"]
    text = card.text
    for told in (
        "| teacher | solver |",
        "| granularity | level 3 |",
        "| rationales that state the right answer | 8 of 8 |",
        "| problems/train.parquet | 8 | problems with gold |",
        "| prepare, train | 8 | 8 |  |",
        "| problems (word_problems) | Apache-2.0 (made by cot-distill) |",
        "| data/problems | sha256 ",
    ):
        assert told in text, text
    assert str(project.folder) not in files["README.md"].decode() and TOKEN not in done.stdout + done.stderr


def test_the_card_of_your_data_names_the_hub_data_set_that_it_came_from(project, hub, tmp_path) -> None:
    from huggingface_hub import DatasetCard

    rows = [
        {"question": f"Was sind {n} und {n}?", "answer": 2 * n, "solution": f"{n} + {n} = {2 * n}"} for n in range(30)
    ]
    hub_dataset(tmp_path / "made", {("default", "train"): rows[:15], ("default", "test"): rows[15:]})
    project.set(dataset="own", own__file="ann/sums", teacher="human", granularity=None)
    token = {"HF_TOKEN": TOKEN, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1"}
    with data_hub() as source:
        source.put("ann/sums", tmp_path / "made", "b" * 40)
        project.environment |= {**token, "HF_ENDPOINT": source.url}
        for stage in ("check", "prepare", "generate", "transform"):
            done = project.stage(stage)
            assert done.returncode == 0, done.stderr
    project.environment["HF_ENDPOINT"] = hub.url
    done = project.run(sys.executable, "-m", "cot_distill.cli", "publish-data", "ann/cots")
    assert done.returncode == 0, done.stderr
    card = DatasetCard(hub.repos["ann/cots"]["README.md"].decode())
    assert (card.data.license, card.data.language) == ("unknown", None)
    assert card.data.to_dict()["source_datasets"] == ["ann/sums"]
    for told in (
        "Chains of thought for own (ann/sums), which",
        f"| ann/sums | revision {'b' * 40} |",
        "| problems (own) | unknown (see ann/sums) |",
    ):
        assert told in card.text, card.text


@pytest.mark.parametrize("named", [{"dataset": "gpqa"}, {"dataset": "own", "own__file": "Idavidrein/gpqa"}])
def test_questions_that_are_to_stay_offline_are_not_pushed(project, hub, named) -> None:
    project.set(**named, teacher="human", granularity=None)
    project.environment |= {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN}
    for more in ((), ("--private",), ("--dry-run",)):
        done = project.run(sys.executable, "-m", "cot_distill.cli", "publish-data", "ann/cots", *more)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == (
            "cot-distill: Idavidrein/gpqa: its authors ask not to put its questions online, so it is not pushed\n"
        )
    assert not hub.repos


def test_a_second_push_replaces_tables_and_a_dry_run_asks_nothing(hub, publish) -> None:
    listed = publish("ann/cots", "--dry-run")
    assert listed.returncode == 0 and listed.stdout.endswith(f" MB, to {hub.url}/datasets/ann/cots\n")
    names = [line.split()[-1] for line in listed.stdout.splitlines()[:-1]]
    assert {"README.md", "problems/test.parquet", "rationales/train.parquet"} <= set(names) and hub.requests == []
    assert publish("ann/cots", "--private").returncode == 0
    assert hub.private == {"ann/cots": True}
    hub.repos["ann/cots"] |= {"rationales/old.parquet": b"old", "mine/notes.parquet": b"mine"}
    assert publish("ann/cots").returncode == 0
    assert "rationales/old.parquet" not in hub.repos["ann/cots"] and "mine/notes.parquet" in hub.repos["ann/cots"]


def test_faults_are_one_line(project, hub, publish) -> None:
    hub.refuse["/commit"] = (403, f"not with {TOKEN}")
    done = publish("ann/cots")
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and TOKEN not in done.stderr
    assert "the hub answers HTTP 403: the token may not write there" in done.stderr
    done = publish("cots")
    assert done.stderr == "cot-distill: 'cots': name the repository as OWNER/NAME (letters, digits, '-', '_', '.')\n"
    (project.folder / "data/examples/rationales.parquet").unlink()
    done = publish("ann/cots")
    assert done.returncode == 1 and "rationales.parquet: no such table; `dvc repro generate` makes it" in done.stderr
