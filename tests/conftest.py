"""What the tests share: a tiny random student, and a working copy of the pipeline sized for seconds."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:
    # Tests run side by side, a core each: more threads than cores slow torch down many times over.
    os.environ["OMP_NUM_THREADS"] = "1"

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
CHECKED_IN = ("stages", "cot_distill", "dvc.yaml", "params.yaml", "data", "pyproject.toml", ".dvcignore", ".gitignore")


@pytest.fixture(scope="session")
def tiny_student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random Llama of two layers and a byte-level tokenizer: loads and trains in seconds."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    folder = tmp_path_factory.mktemp("student")
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
    return folder


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

    def stage(self, name: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run a stage by its command, without DVC."""
        return self.run(sys.executable, "-m", f"stages.{name}", *options)

    def good(self, *command: str) -> str:
        """Run a command that must succeed and return what it printed."""
        done = self.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def set(self, **values: object) -> None:
        """Change params; a section's value is written as `training__epochs`."""
        self.edit("params.yaml", values)

    def edit(self, file: str, values: dict[str, object]) -> None:
        """Change values of a YAML file, keys nested by `__`."""
        yaml = YAML()
        path = self.folder / file
        content = yaml.load(path)
        for name, value in values.items():
            *sections, key = name.split("__")
            place = content
            for section in sections:
                place = place.setdefault(section, {})
            place[key] = value
        yaml.dump(content, path)


@pytest.fixture
def project(tmp_path: Path, tiny_student: Path) -> Project:
    """A copy of the pipeline on 8 train and 6 test problems, with the tiny student."""
    folder = tmp_path / "project"
    folder.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "checked", "problems.tmp", "*.partial")
    for name in CHECKED_IN:
        source = ROOT / name
        if name == "data":
            for kept in ("benchmarks", "published", "other_benchmarks"):
                shutil.copytree(source / kept, folder / "data" / kept)
            for kept in ("revisions.yaml", "match_arms.txt"):
                shutil.copy(source / kept, folder / "data" / kept)
        elif source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    made = Project(folder, tmp_path / "cache")
    made.edit(
        "students.yaml",
        {"tiny__model": str(tiny_student), "tiny__template": "plain", "tiny__licence": "none"},
    )
    made.set(
        student="tiny",
        train_problems=8,
        test_problems=6,
        training__lora_rank=2,
        decoding__max_new_tokens=8,
        decoding__dtype="float32",
        training__dtype="float32",
    )
    return made


@pytest.fixture
def versioned(project: Project) -> Project:
    """The same as a git and DVC repository with one commit."""
    shutil.copy(ROOT / "data" / ".gitignore", project.folder / "data" / ".gitignore")
    project.good("git", "init", "--quiet", "--initial-branch=main")
    project.good("dvc", "init", "--quiet")
    shutil.copy(ROOT / ".dvc" / "config", project.folder / ".dvc" / "config")
    project.good("git", "add", "--all")
    project.good("git", "commit", "--quiet", "--message", "start")
    return project
