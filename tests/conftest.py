"""What the tests share: a tiny random student, and a working copy of the pipeline sized for seconds."""

import contextlib
import fcntl
import importlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

if "PYTEST_XDIST_WORKER" in os.environ:
    # Tests run side by side, a core each: more threads than cores slow torch down many times over.
    os.environ["OMP_NUM_THREADS"] = "1"

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
CHECKED_IN = (
    *("stages", "cot_distill", "dvc.yaml", "params.yaml", "teachers.yaml", "students.yaml", "pyproject.toml"),
    *(".dvcignore", ".gitignore", "data/.gitignore", "data/revisions.yaml", "data/match_arms.txt"),
    *("data/benchmarks", "data/published", "data/other_benchmarks"),
)

LONGEST = (
    "test_pipeline.py",
    "training",
    "sharing",
    "test_graph.py",
    "tables",
    "diff",
    "studies",
    "stages",
    "supervision",
)
"""Files and folders here by the seconds that their tests take; all others take less."""
READ_ONCE = ("HF_ENDPOINT", "HF_HOME", "PYTHONPATH")
Make = Callable[[Path], None]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs vLLM or a browser as slow; and run the longest first, or the last of them run on one core."""

    def room(item: pytest.Item) -> str:
        return item.path.relative_to(ROOT / "tests").parts[0]

    for item in items:
        if room(item) == "vllm" or "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: LONGEST.index(room(item)) if room(item) in LONGEST else len(LONGEST))


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Make], Path]:
    """`made_once(name, make)` is a folder that `make` fills once for all workers of this run; copy it, never change it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def folder(name: str, make: Make) -> Path:
        made, unfinished = shared / name, shared / f"{name}.unfinished"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                make(unfinished)
                unfinished.rename(made)
        return made

    return folder


@pytest.fixture(scope="session")
def tiny_student(made_once: Callable[[str, Make], Path]) -> Path:
    """A folder with a random Llama of two layers and a byte-level tokenizer: loads and trains in seconds."""
    return made_once("student", _write_student)


def _write_student(folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate(["<s>", "</s>", *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>").save_pretrained(folder)
    set_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        bos_token_id=0,
        eos_token_id=1,
        max_position_embeddings=2048,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


@pytest.fixture(autouse=True)
def _hears_ctrl_c() -> None:
    """What a test starts hears Ctrl-C: a shell that runs the tests in the background has them ignore it, and so does
    `cot-distill` once it has ended in this process."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


class ChatServer:
    """The stand-in of `tests.chat_server` in a process of its own, with what it has been asked so far."""

    def __init__(self, log: Path, *options: str) -> None:
        self._log = log
        command = [sys.executable, "-m", "tests.chat_server", "--log", str(log), *options]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{self._process.stdout.readline().strip()}/v1"

    def log(self) -> list[dict[str, object]]:
        """Every line of the log: requests as they arrived, answers as they went out."""
        return [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]

    def asked(self) -> list[str]:
        """The last turn of each request, in the order of arrival."""
        return [str(line["asked"]) for line in self.log() if "asked" in line]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def chat_server(tmp_path: Path) -> Iterator[Callable[..., ChatServer]]:
    """Starts stand-ins of a chat server with the options of `python -m tests.chat_server`."""
    started: list[ChatServer] = []

    def start(*options: str) -> ChatServer:
        started.append(ChatServer(tmp_path / f"server-{len(started)}.jsonl", *options))
        return started[-1]

    yield start
    for server in started:
        server.close()


class Project:
    """A working copy of the pipeline with a tiny profile, its own caches, and the commands to drive it."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "COT_DISTILL_CACHE": str(cache),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DVC_NO_ANALYTICS": "true",
            "GIT_AUTHOR_NAME": "Test",
            "GIT_AUTHOR_EMAIL": "test@example.com",
            "GIT_COMMITTER_NAME": "Test",
            "GIT_COMMITTER_EMAIL": "test@example.com",
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the project; its output is captured, its exit code is the caller's to judge."""
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=600
        )

    def process(self, name: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run a stage by its command, as the pipeline does but without DVC: seconds where it imports torch."""
        return self.run(sys.executable, "-m", f"stages.{name}", *options)

    def stage(self, name: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run a stage's command within this process; where the test sets what a library reads once, when it is first
        imported, in a process of its own."""
        if any(self.environment.get(name) != os.environ.get(name) for name in READ_ONCE):
            return self.process(name, *options)
        out, err = io.StringIO(), io.StringIO()
        app = importlib.import_module(f"stages.{name}").app
        with self.inside(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                app(list(options))
                code = 0
            except SystemExit as ended:
                code = int(ended.code or 0)
        return subprocess.CompletedProcess([name, *options], code, out.getvalue(), err.getvalue())

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """This process in the project's folder, with its environment."""
        with mock.patch.dict(os.environ, self.environment, clear=True), contextlib.chdir(self.folder):
            yield

    def repro(self, *targets: str) -> set[str]:
        """Reproduce the pipeline, nothing from the cache of runs, and return the stages that ran."""
        from dvc.repo import Repo

        with self.inside(), Repo() as repo:
            return {stage.addressing for stage in repo.reproduce(targets, run_cache=False)}

    def changed(self) -> set[str]:
        """The stages that DVC finds changed themselves, whatever comes before them."""
        from dvc.repo import Repo

        with self.inside(), Repo() as repo:
            return set(repo.status())

    def good(self, *command: str) -> str:
        """Run a command that must succeed and return what it printed."""
        done = self.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def set(self, **values: object) -> None:
        """Change params; a section's value is written as `training__epochs`."""
        self.edit("params.yaml", values)

    def edit(self, file: str, values: dict[str, object]) -> None:
        """Change values of a YAML file as DVC does, keys nested by `__`."""
        from dvc.utils.serialize import modify_yaml

        with modify_yaml(self.folder / file) as content:
            for name, value in values.items():
                *sections, key = name.split("__")
                place = content
                for section in sections:
                    place = place.setdefault(section, {})
                place[key] = value

    def keep(self, file: str, entries: tuple[str, ...]) -> None:
        """Leave these entries alone in a YAML file."""
        from dvc.utils.serialize import modify_yaml

        with modify_yaml(self.folder / file) as content:
            for name in set(content) - set(entries):
                del content[name]

    def stages(self) -> list[str]:
        """The stages of dvc.yaml, one whatever its matrix."""
        from dvc.utils.serialize import load_yaml

        return list(load_yaml(self.folder / "dvc.yaml")["stages"])

    def stub(self, *stages: str) -> None:
        """Put stand-ins in the place of these stages; see `tests.stub_stage`."""
        from dvc.utils.serialize import modify_yaml

        from tests.stub_stage import stub

        with modify_yaml(self.folder / "dvc.yaml") as pipeline:
            for stage in stages:
                stub(pipeline, stage)

    def commit(self, message: str) -> None:
        """Commit all that git does not ignore."""
        self.good("git", "add", "--all")
        self.good("git", "commit", "--quiet", "--message", message)


def _write_project(folder: Path, student: Path) -> None:
    """The pipeline in `folder`/project on 8 train and 6 test problems, with the tiny student."""
    ignored = shutil.ignore_patterns("checked", "problems.tmp", "*.partial", "*.pyc.*")  # what is compiled saves time
    for name in CHECKED_IN:
        source, copy = ROOT / name, folder / "project" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=ignored)
        else:
            shutil.copy(source, copy)
    made = Project(folder / "project", folder / "cache")
    made.edit("students.yaml", {"tiny__model": str(student), "tiny__template": "plain", "tiny__licence": "none"})
    made.set(
        student="tiny",
        train_problems=8,
        dev_problems=0,
        test_problems=6,
        training__lora_rank=2,
        decoding__max_new_tokens=8,
        decoding__dtype="float32",
        training__dtype="float32",
    )
    # The student is examined here, where torch may be there already, and not by each test's first `check`.
    assert made.stage("check").returncode == 0
    (made.folder / "data/checked").unlink()
    shutil.rmtree(made.folder / "data/students")


def copied(template: Path, folder: Path) -> Project:
    """A copy of a project and of what its cache holds."""
    for name in ("project", "cache"):
        if (template / name).is_dir():
            shutil.copytree(template / name, folder / name, symlinks=True)
    return Project(folder / "project", folder / "cache")


@pytest.fixture
def project(tmp_path: Path, made_once: Callable[[str, Make], Path], tiny_student: Path) -> Project:
    """A copy of the pipeline on 8 train and 6 test problems, with the tiny student."""
    return copied(made_once("pipeline", lambda folder: _write_project(folder, tiny_student)), tmp_path)


ENTRIES = {
    "teachers.yaml": ("solver", "human", "gpt_4o_published", "llama_3_70b_published", "gpt_4o"),
    "students.yaml": ("smollm2_135m", "smollm2_360m", "tiny"),
}
"""What of the catalogues a repository has: DVC parses each of them again for each stage."""


@pytest.fixture(scope="session")
def repository(made_once: Callable[[str, Make], Path], tiny_student: Path) -> Path:
    """The template of `versioned`."""

    def make(folder: Path) -> None:
        _write_project(folder, tiny_student)
        made = Project(folder / "project", folder / "cache")
        for catalogue, kept in ENTRIES.items():
            made.keep(catalogue, kept)
        made.good("git", "init", "--quiet", "--initial-branch=main")
        made.good("dvc", "init", "--quiet")
        shutil.copy(ROOT / ".dvc" / "config", made.folder / ".dvc" / "config")
        made.commit("start")

    return made_once("repository", make)


@pytest.fixture
def versioned(tmp_path: Path, repository: Path) -> Project:
    """The same as a git and DVC repository with one commit."""
    return copied(repository, tmp_path)


@pytest.fixture
def graph(tmp_path: Path, made_once: Callable[[str, Make], Path], repository: Path) -> Project:
    """The same, reproduced once, with stand-ins for all stages but `check`: what re-runs what is asked of DVC alone."""

    def make(folder: Path) -> None:
        made = copied(repository, folder)
        made.stub(*(stage for stage in made.stages() if stage != "check"))
        made.edit("students.yaml", {"tiny__training__epochs": 3})  # -S changes what is there
        assert made.repro() >= {"check", "train", "evaluate@tuned"}
        made.commit("run")

    return copied(made_once("graph", make), tmp_path)
