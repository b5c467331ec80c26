"""Which files of students are deleted, on a repository of bare lock files and a cache of a few bytes."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from cot_distill.studies.dropped_students import drop


class Bare:
    """A repository whose experiments each name one student: a file of its own, and one that all share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / ".dvc").mkdir()
        (folder / ".dvc" / "config").write_text(f"[cache]\n    dir = {folder.with_name('cache')}\n")
        (folder / "a").touch()
        self.git("init", "--quiet", "--initial-branch=main")
        self._commit("start")
        self._head = self.git("rev-parse", "HEAD")
        self.root, self.cache = folder, folder.with_name("cache")

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
        return subprocess.run(
            ["git", *who, *arguments], cwd=self._folder, check=True, capture_output=True, text=True
        ).stdout.strip()

    def experiment(self, name: str, student: str) -> str:
        listing = json.dumps(
            [{"md5": self._cached("shared"), "relpath": "a"}, {"md5": self._cached(student), "relpath": "b"}]
        )
        self.git("checkout", "--quiet", "--detach", self._head)
        (self._folder / "dvc.lock").write_text(
            f"- path: data/students/tuned\n  hash: md5\n  md5: {self._cached(listing, '.dir')}\n"
        )
        rev = self._commit(name)
        self.git("update-ref", self.ref(name), rev)
        self.git("checkout", "--quiet", "main")
        return rev

    def ref(self, name: str) -> str:
        return f"refs/exps/{self._head[:2]}/{self._head[2:]}/{name}"

    def held(self) -> list[str]:
        files = self.cache.glob("files/md5/??/*")
        return sorted(path.read_text() for path in files if path.suffix != ".dir")

    def _commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def _cached(self, text: str, suffix: str = "") -> str:
        md5 = hashlib.md5(text.encode()).hexdigest() + suffix
        path = self.cache / "files" / "md5" / md5[:2] / md5[2:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return md5


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    folder = tmp_path / "repository"
    folder.mkdir()
    return Bare(folder)


def test_what_another_experiment_names_or_shares_stays(bare) -> None:
    one, two = bare.experiment("s-1", "one"), bare.experiment("s-2", "two")
    bare.experiment("mine", "mine")
    bare.experiment("also", "two")
    assert bare.held() == ["mine", "one", "shared", "two"]
    assert drop(bare.root, [one, two], {"s-1", "s-2"}) > 0
    assert bare.held() == ["mine", "shared", "two"]
    bare.git("update-ref", "-d", bare.ref("also"))
    drop(bare.root, [one, two], {"s-1", "s-2"})
    assert bare.held() == ["mine", "shared"]
    assert drop(bare.root, [one, two], {"s-1", "s-2"}) == 0


def test_what_a_tag_or_the_workspace_names_stays(bare) -> None:
    one, two = bare.experiment("s-1", "one"), bare.experiment("s-2", "two")
    bare.git("tag", "kept", one)
    (bare.root / "dvc.lock").write_text(bare.git("show", f"{two}:dvc.lock"))
    assert drop(bare.root, [one, two], {"s-1", "s-2"}) == 0
    assert bare.held() == ["one", "shared", "two"]
