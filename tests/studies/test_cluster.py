"""Studies on Slurm, a real one that the test starts, and by several clones."""

import re
import shutil
import signal
import subprocess
import sys

import pytest

from cot_distill.errors import UserError
from cot_distill.studies import cluster
from tests import slurm
from tests.studies.conftest import ALL, ONCE, Repository

SIX = [f"six-granularity_{level}-seed_{seed}" for level in (1, 2, 3) for seed in (1, 2)]
needs_slurm = pytest.mark.skipif(
    not slurm.installed(), reason="no Slurm (apt-get install slurmctld slurmd slurm-client)"
)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    with slurm.slurm(tmp_path_factory.mktemp("slurm")) as there:
        yield there


@pytest.fixture
def six(repository, scheduler):
    """The study of six runs; their training waits while there is a file `WAIT-LEVEL` in the folder beside."""
    repository.write("studies/six.yaml", "about: Which?\ngrids: [{granularity: [1, 2, 3], seed: [1, 2]}]\n")
    repository.write("cluster.yaml", "minutes: 2\nwarning_seconds: 20\nsbatch: {cpus-per-task: 1}\n")
    repository.environment |= {name: slurm.os.environ[name] for name in ("SLURM_CONF", "PATH")}
    yield repository
    for number in scheduler.jobs():
        subprocess.run(["scancel", number], check=False)
    repository.wait_for(lambda: not scheduler.jobs())


@pytest.mark.slow
@needs_slurm
def test_a_study_survives_what_happens_on_a_cluster(six, scheduler) -> None:
    waits = [six.beside / f"WAIT-{level}" for level in (1, 2, 3)]
    for wait in waits:
        wait.touch()
    first = six.start("run", "six", "--on", "slurm")
    six.wait_for(lambda: six.executed().count("train 1") == 2)
    first.send_signal(signal.SIGKILL)  # who handed the jobs over is gone
    first.wait()
    assert six.states("six") == {name: "running" if "_1-seed" in name else "queued" for name in SIX}

    six.wait_for(lambda: six.executed().count("saved 1") == 2, 180)  # their time is nearly up: they save their work
    six.wait_for(lambda: {SIX[0], SIX[1]} <= set(scheduler.jobs("PENDING").values()))  # and are queued again
    six.wait_for(
        lambda: six.executed().count("train 2") == 2
    )  # the next are at work: one that starts needs a scheduler
    scheduler.stop_scheduler()
    assert six.study("run", "six", "--on", "slurm").stderr == (
        "cot-distill: Slurm does not answer (squeue failed); try again when it does\n"
    )
    scheduler.start()
    for wait in waits:
        wait.unlink()
    for _ in range(3):  # a job may be lost with the scheduler: the same command hands it over again
        done = six.study("run", "six", "--on", "slurm")
        if done.returncode == 0:
            break
    assert done.returncode == 0, done.stderr
    assert six.states("six") == dict.fromkeys(SIX, "finished")
    assert six.experiments() == SIX
    executed = six.executed()
    assert [executed.count(f"evaluate@tuned {level}") for level in (1, 2, 3)] == [2, 2, 2]
    assert list((six.folder / ".dvc/tmp/cluster-copies").iterdir()) == []

    six.good("git", "clone", "--quiet", str(six.folder), str(six.beside / "local"))
    local = Repository(six.beside, "local")
    local.write("studies/six.yaml", (six.folder / "studies/six.yaml").read_text())
    assert local.study("run", "six").returncode == 0
    assert local.told("study", "table", "six").out == six.told("study", "table", "six").out


@pytest.mark.slow
@needs_slurm
def test_a_cancelled_job_is_told_and_handed_over_again(six, scheduler) -> None:
    (six.beside / "WAIT-1").touch()
    follows = six.start("run", "six", "--on", "slurm", "--only", "*_1-*")
    six.wait_for(lambda: six.executed().count("train 1") == 2)
    scheduler.cancel(SIX[0])
    (six.beside / "WAIT-1").unlink()
    _, told = follows.communicate(timeout=200)
    assert follows.returncode == 1
    assert f"{SIX[0]}: STOPPED, Slurm ended its job without a result" in told
    assert told.splitlines()[-1] == "cot-distill: 1 of 2 runs failed; correct the cause and run the same command again"
    assert six.states("six") == {name: {SIX[0]: "stopped", SIX[1]: "finished"}.get(name, "missing") for name in SIX}
    assert six.study("run", "six", "--on", "slurm", "--only", "*_1-*").returncode == 0
    assert six.states("six")[SIX[0]] == "finished"


@pytest.mark.slow
@needs_slurm
def test_two_clones_that_hand_over_at_the_same_time_hand_each_run_over_once(six, scheduler) -> None:
    six.good("dvc", "cache", "dir", "--local", str(six.beside / "shared-cache"))
    six.write("cluster.yaml", "sbatch: {hold: true}\n")
    six.good("git", "add", "--all")
    six.good("git", "commit", "--quiet", "--message", "cluster")
    six.good("git", "clone", "--quiet", str(six.folder), str(six.beside / "other"))
    other = Repository(six.beside, "other")
    other.environment |= six.environment
    other.good("dvc", "cache", "dir", "--local", str(six.beside / "shared-cache"))
    clones = [clone.start("run", "six", "--on", "slurm") for clone in (six, other)]
    told = [next(line for line in clone.stderr if "handed to Slurm" in line) for clone in clones]
    for clone in clones:
        clone.send_signal(signal.SIGINT)
        clone.communicate(timeout=60)
    names = list(scheduler.jobs().values())
    assert set(SIX) < set(names) and len(names) == len(set(names)), names
    assert sum(int(re.search(r"(\d+) jobs handed", line)[1]) for line in told) == len(names)


@pytest.mark.slow
@needs_slurm
def test_the_environment_overrules_nothing_that_a_job_asks_for(six) -> None:
    six.write("cluster.yaml", "minutes: 240\nsbatch: {mem: 100M}\n")
    granted = {"SLURM_JOB_ID": "1", "SLURM_CPUS_PER_TASK": "64", "SLURM_MEM_PER_NODE": "9", "SLURM_MEM_PER_CPU": "9"}
    own = {"SBATCH_TIMELIMIT": "never", "SBATCH_JOB_NAME": "mine", "SBATCH_MEM_PER_NODE": "900T"}
    own["SBATCH_MEM_PER_CPU"] = "900T"
    done = six.study("run", "six", "--on", "slurm", "--only", SIX[0], **granted, **own)
    assert done.returncode == 0, done.stderr
    assert six.states("six")[SIX[0]] == "finished"


@pytest.mark.slow
@needs_slurm
def test_no_more_is_handed_over_than_max_hours_allows(six) -> None:
    file = six.folder / "studies/six.yaml"
    file.write_text("max_hours: 0.05\n" + file.read_text())  # a job may take 2 minutes: one fits
    done = six.study("run", "six", "--on", "slurm")
    assert done.returncode == 0, done.stderr
    assert "max_hours: 5 of 6 runs would pass it; they stay out" in done.stderr
    assert "1 jobs handed to Slurm" in done.stderr
    assert sorted(six.states("six").values()) == ["finished", *["missing"] * 5]
    planned = six.told("study", "run", "six", "--dry-run").out
    assert "time: about 0.0 hours at the pace of finished runs of the same students" in planned


@pytest.mark.slow
@needs_slurm
def test_a_race_is_run_on_slurm(six) -> None:
    command = [
        sys.executable,
        "-m",
        "cot_distill.cli",
        "recommend",
        "six",
        "--on",
        "slurm",
        "--only",
        "*_[13]",
        "--budget",
        "0.5",
    ]
    done = six.run(*command)
    assert done.returncode == 0, done.stderr
    assert "use: six-granularity_3" in done.stdout
    assert done.stderr.count("jobs handed to Slurm") >= 2  # the race's, then the chosen arm's on the test split
    assert sorted(six.experiments())[-1] == "six-granularity_3-seed_1-test"
    assert six.run(*command, "--workers", "2").stderr == (
        "cot-distill: --workers counts for this machine only; on Slurm, set `at_once` in cluster.yaml\n"
    )


@needs_slurm
def test_other_users_jobs_and_ones_own_settings_of_squeue_hide_nothing(six, scheduler, monkeypatch) -> None:
    mine = ("--comment", cluster.comment(six.folder), "--job-name", SIX[0])
    theirs = (b"--comment", b"two\nlines|of|it", b"--job-name", b"caf\xe9 | x")
    numbers = []
    for options in (mine, theirs):
        sbatch = ("sbatch", "--parsable", "--hold", "--output=/dev/null", *options, "--wrap", "true")
        numbers.append(subprocess.run(sbatch, cwd=six.beside, stdout=subprocess.PIPE, check=True).stdout.strip())
    monkeypatch.setenv("SQUEUE_STATES", "RUNNING")
    there = cluster.jobs(six.folder)
    monkeypatch.delenv("SQUEUE_STATES")
    subprocess.run(["scancel", *numbers], check=True)
    assert there is not None and {name: job.state for name, job in there.items()} == {SIX[0]: "queued"}


@needs_slurm
def test_what_slurm_refuses_is_told_in_its_words(six) -> None:
    six.write("cluster.yaml", "sbatch: {partition: gpu}\n")
    done = six.study("run", "six", "--on", "slurm")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "invalid partition specified: gpu" in done.stderr
    six.write("cluster.yaml", "minutes: 0\n")
    assert six.told("study", "run", "six").err == (
        "cot-distill: cluster.yaml: minutes is 0; it should be greater than or equal to 1\n"
    )


def test_a_students_jobs_ask_for_what_its_entry_says(tmp_path) -> None:
    (tmp_path / "cluster.yaml").write_text(
        "minutes: 60\nsbatch: {partition: gpu, mem: 32G}\nstudents: {large: {minutes: 600, sbatch: {mem: 64G}}}\n"
    )
    read = cluster.read(tmp_path)
    assert (read.of("small").minutes, read.of("small").sbatch) == (60, {"partition": "gpu", "mem": "32G"})
    assert (read.of("large").minutes, read.of("large").sbatch) == (600, {"partition": "gpu", "mem": "64G"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sbatch: {time: 1-00:00:00}", "write the time limit as `minutes`, which says when a job saves its work"),
        ("students: {x: {sbatch: {job_name: x}}}", "job-name is not yours to set"),
        ("sbatch: {signal: USR1@60}", "signal is not yours to set"),
        ("sbatch: {nodes: 2}", "nodes must be 1: a run is one task on one node"),
        ("sbatch: {ntasks_per_node: 4}", "ntasks-per-node must be 1"),
        ("minutes: 2", "warning_seconds is 90; a job of 2 minutes would be told to end before half its time"),
        ("students: {x: {minutes: 2}}", "warning_seconds is 90; a job of 2 minutes"),
        ("minutes: 12:00:00", "minutes is '12:00:00'"),
        ("setup: module load cuda", "setup is 'module load cuda'; it should be a valid list"),
        ("", "cluster.yaml: must be a mapping, and is empty"),
    ],
)
def test_what_no_job_could_do_its_work_with_is_refused(text, told, tmp_path) -> None:
    (tmp_path / "cluster.yaml").write_text(text)
    with pytest.raises(UserError) as caught:
        cluster.read(tmp_path)
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_options_go_to_sbatch_by_their_long_names_and_a_false_one_not_at_all(repository) -> None:
    (repository.folder / "cluster.yaml").write_text(
        "sbatch: {cpus_per_task: 4, nodes: 1, exclusive: false, hold: true}"
    )
    asked = cluster.options(cluster.read(repository.folder), "x", "a-run", repository.folder, ["3", "4"])
    assert (asked["name"], asked["timeout_min"]) == ("a-run", 240)
    assert asked["slurm_additional_parameters"] == {
        "cpus-per-task": 4, "nodes": 1, "hold": True, "requeue": True, "dependency": "afterany:3:4",
        "comment": cluster.comment(repository.folder),
    }  # fmt: skip


def test_without_slurm_or_its_file_that_is_told(repository, monkeypatch) -> None:
    assert repository.told("study", "run", "small", "--on", "slurm").err == (
        "cot-distill: --on slurm: cluster.yaml beside params.yaml says what a job asks for; write one, as `minutes: 240`\n"
    )
    repository.write("cluster.yaml", "minutes: 240")
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name, **more: None if name == "sbatch" else which(name, **more))
    assert repository.told("study", "run", "small", "--on", "slurm").err == (
        "cot-distill: --on slurm: there is no sbatch here; run the command on a login node of the cluster\n"
    )


@needs_slurm
def test_a_slurm_that_does_not_answer_is_told(six, monkeypatch) -> None:
    (six.beside / "none.conf").touch()  # squeue waits a minute for a file that is not there
    monkeypatch.setenv("SLURM_CONF", str(six.beside / "none.conf"))
    told = six.told("study", "status", "six").out.splitlines()
    assert told[-1] == "Slurm does not answer: what it runs is not known"
    assert told[-2].split("|")[1:3] == [" six-granularity_3-seed_2 ", " missing "]


def test_parts_of_a_study_are_chosen_by_pattern_and_by_shard(repository) -> None:
    def planned(*arguments: str) -> list[str]:
        told = repository.told("study", "run", "small", "--dry-run", *arguments)
        return [line.split("|")[1].strip() for line in told.out.splitlines() if line.startswith("| small-")]

    assert planned("--only", "*_2") == ["small-granularity_2"]
    assert (planned("--shard", "1/2"), planned("--shard", "2/2")) == ([ALL[0]], [ALL[1]])
    assert repository.told("study", "run", "small", "--only", "x").err == (
        "cot-distill: --only x: no run of small matches; `study status small` names them\n"
    )
    assert repository.told("study", "run", "small", "--shard", "3/2").err == (
        "cot-distill: --shard 3/2: write it as 2/4, the second part of four\n"
    )


@pytest.mark.slow
def test_a_watched_study_tells_what_each_run_is_doing_and_ends_with_it(repository) -> None:
    (repository.beside / "WAIT-1").touch()
    runs = repository.start("run", "small")
    repository.wait_for(lambda: "train 1" in repository.executed())
    told = repository.beside / "told.txt"
    with told.open("w") as output:
        watches = subprocess.Popen(
            [sys.executable, "-m", "cot_distill.cli", "study", "status", "small", "--watch"],
            cwd=repository.folder, env=repository.environment, stdout=output,
        )  # fmt: skip
    repository.wait_for(lambda: "small: " in told.read_text())
    (repository.beside / "WAIT-1").unlink()
    assert (watches.wait(timeout=60), runs.wait(timeout=60)) == (0, 0)
    lines = told.read_text().splitlines()
    assert lines[2].split("|")[1:3] == [" small-granularity_1 ", " train "]
    assert lines[3] == "small: 1 missing, 1 running"
    assert lines[-1] == "small: 2 finished"


@pytest.mark.slow
def test_a_run_whose_result_cannot_be_pushed_has_failed_alone_and_is_pushed_the_next_time(repository) -> None:
    remote = repository.beside / "remote.git"
    repository.good("git", "remote", "add", "origin", str(remote))
    repository.write("cluster.yaml", "push_to: origin\n")
    done = repository.study("run", "small")
    assert done.returncode == 1
    assert (
        done.stderr.count("cot-distill: the run ended well, but its result cannot be taken over: git push failed") == 2
    )
    assert repository.states("small") == dict.fromkeys(ALL, "failed")
    told = repository.told("study", "status", "small").out.splitlines()[-1]
    assert told.startswith("origin cannot be asked for runs that were made elsewhere: git ls-remote failed")
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    assert repository.study("run", "small").returncode == 0
    assert repository.states("small") == dict.fromkeys(ALL, "finished")
    assert repository.executed() == ONCE
    assert repository.good("git", "ls-remote", "origin", "refs/exps/*").count("\n") == 2


@pytest.mark.slow
def test_two_clones_with_one_remote_and_one_cache_share_a_study(repository) -> None:
    remote = repository.beside / "remote.git"
    repository.good("git", "init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    repository.good("git", "remote", "add", "origin", str(remote))
    repository.good("dvc", "cache", "dir", str(repository.beside / "shared-cache"))
    repository.write("cluster.yaml", "push_to: origin\n")
    repository.good("git", "add", "--all")
    repository.good("git", "commit", "--quiet", "--message", "cluster")
    repository.good("git", "push", "--quiet", "origin", "HEAD")
    repository.good("git", "clone", "--quiet", str(remote), str(repository.beside / "other"))
    other = Repository(repository.beside, "other")
    for clone, part in ((repository, "1/2"), (other, "2/2")):
        done = clone.study("run", "small", "--shard", part)
        assert done.returncode == 0, done.stderr
    fetch = "git fetch origin '+refs/exps/*:refs/exps/*'"
    for clone, elsewhere in ((repository, ALL[1]), (other, ALL[0])):
        assert clone.states("small")[elsewhere] == "missing"
        told = clone.told("study", "status", "small").out.splitlines()[-1]
        assert told == f"1 of these runs were made elsewhere and are at origin; fetch them: {fetch}"
        clone.good("sh", "-c", fetch)
        assert clone.states("small") == dict.fromkeys(ALL, "finished")
        assert "made elsewhere" not in clone.told("study", "status", "small").out
    assert repository.told("study", "table", "small").out == other.told("study", "table", "small").out
    assert repository.executed().count("evaluate@untuned 0") == 1
