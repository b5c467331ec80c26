"""A private checkout of a repository, which the project may be a part of."""

import os
from pathlib import Path

import pytest

from cot_distill.errors import UserError
from cot_distill.repository.checkout import Checkout, cache_folder
from cot_distill.repository.git import GitError, git, git_or_none, identity
from cot_distill.repository.revisions import files_at
from cot_distill.repository.root import find_root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in a folder of a larger repository, with one commit."""
    from dvc.repo import Repo

    top = tmp_path / "larger"
    part = top / "a" / "part"
    part.mkdir(parents=True)
    git(top, "init", "--quiet", "--initial-branch=main")
    git(top, "config", "user.name", "An Author")
    git(top, "config", "user.email", "a@example.com")
    Repo.init(str(part), subdir=True).close()
    (top / "beside.txt").write_text("beside")
    (part / "metrics").mkdir()
    (part / "metrics" / "eval.json").write_text("{}")
    (part / "dvc.yaml").write_text("stages: {}\n")
    (part / "params.yaml").write_text("# of the study\ntraining:\n  epochs: 3 # a few\nseed: 1\n")
    (part / ".dvc" / "config.local").write_text("[core]\n    remote = store\n")
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--message", "start")
    return part


def test_it_holds_the_project_where_the_repository_has_it_and_shares_the_cache(project: Path, tmp_path: Path) -> None:
    checkout = Checkout(project, tmp_path / "copy")
    checkout.go_to("HEAD")
    assert checkout.root == tmp_path / "copy" / "a" / "part"
    assert (tmp_path / "copy" / "beside.txt").read_text() == "beside"
    assert cache_folder(checkout.root) == cache_folder(project) == project / ".dvc" / "cache"
    assert "remote = store" in (checkout.root / ".dvc" / "config.local").read_text()

    (checkout.root / "new.txt").write_text("made there")
    checkout.set_params({"training.epochs": 5})
    assert (checkout.root / "params.yaml").read_text() == "# of the study\ntraining:\n  epochs: 5 # a few\nseed: 1\n"
    with pytest.raises(UserError, match=r"'training\.epoch' is not a param of params\.yaml"):
        checkout.set_params({"training.epoch": 5})
    checkout.go_to("HEAD")
    assert "epochs: 3" in (checkout.root / "params.yaml").read_text() and not (checkout.root / "new.txt").exists()
    assert git(project, "status", "--porcelain") == ""
    checkout.remove()
    assert not (tmp_path / "copy").exists()


def test_an_entry_of_the_run_cache_that_another_process_is_writing_is_not_read(project: Path, tmp_path: Path) -> None:
    stage = "stages: {one: {cmd: echo x >> ran.txt && echo 1 > out.txt, deps: [params.yaml], outs: [out.txt]}}\n"
    (project / "dvc.yaml").write_text(stage)
    git(project, "commit", "--quiet", "--all", "--message", "a stage")

    def reproduced(name: str) -> Path:
        checkout = Checkout(project, tmp_path / name)
        checkout.go_to("HEAD")
        with (tmp_path / f"{name}.log").open("wb") as log:
            assert checkout.start("repro", output=log).wait() == 0, (tmp_path / f"{name}.log").read_text()
        return checkout.root

    assert (reproduced("first") / "ran.txt").exists()
    (entry,) = (path for path in (project / ".dvc/cache/runs").glob("*/*/*"))
    (entry.parent / ".unfinished.tmp").write_text("cmd: ec")
    (entry.parent / ".gone.tmp").symlink_to("nowhere")  # as one that was listed and is renamed before it is looked at
    second = reproduced("second")
    assert (second / "out.txt").read_text() == "1\n" and not (second / "ran.txt").exists()
    assert (entry.parent / ".unfinished.tmp").exists()


def test_files_of_a_revision_are_those_of_the_project(project: Path) -> None:
    (project / "params.yaml").write_text("seed: 2\n")
    with files_at(project, "HEAD") as files:
        assert files.read_text("params.yaml").endswith("seed: 1\n")
        assert files.glob("metrics/*.json") == ["metrics/eval.json"]
    with files_at(project, None) as files:
        assert files.read_text("params.yaml") == "seed: 2\n"


def test_the_root_is_the_nearest_folder_with_the_pipeline_and_its_params(project: Path, tmp_path: Path) -> None:
    (project / "data" / "deep").mkdir(parents=True)
    assert find_root(project) == find_root(project / "data" / "deep") == project
    assert find_root(project.parent) is None
    (project.parent / "dvc.yaml").touch()  # another pipeline's
    assert find_root(project.parent) is None


def test_git_s_complaint_is_one_line(project: Path, monkeypatch) -> None:
    with pytest.raises(GitError, match=r"^git rev-parse failed in .*: fatal: .*$") as raised:
        git(project, "rev-parse", "--verify", "nothing")
    assert "\n" not in str(raised.value)
    assert git_or_none(project, "rev-parse", "--verify", "nothing") is None
    assert identity(project)["GIT_AUTHOR_NAME"] == "An Author"
    assert identity(project)["GIT_COMMITTER_EMAIL"] == "a@example.com"
    git(project, "config", "user.name", "")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    with pytest.raises(UserError, match=r"git has no identity, and experiments are commits: set user\.name"):
        identity(project)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GitError, match="install git"):
        git(project, "status")


def test_a_command_of_dvc_runs_there_with_its_mark(project: Path, tmp_path: Path) -> None:
    (project / "dvc.yaml").write_text("stages: {one: {cmd: echo $COT_DISTILL_CHECKOUT > out.txt}}\n")
    git(project, "commit", "--quiet", "--all", "--message", "stage")
    checkout = Checkout(project, tmp_path / "copy")
    checkout.go_to("HEAD")
    with (tmp_path / "log").open("wb") as log:
        assert checkout.start("repro", output=log).wait(60) == 0
    assert (checkout.root / "out.txt").read_text() == f"{tmp_path / 'copy'}\n"
