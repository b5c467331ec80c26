"""Training by several processes: on CPUs, which is all that these tests need; the launcher, the failures, the shares."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from safetensors.torch import load_file

from cot_distill.errors import UserError
from cot_distill.training import parallel
from cot_distill.training.order import Order
from cot_distill.training.settings import Settings
from tests.students.families import FAMILIES

SETTINGS = Settings(
    method="lora", epochs=1, batch_size=8, learning_rate=0.01, lora_rank=2, max_tokens=2048, too_long="stop", device_batch=8, gradient_checkpointing=False, dtype="auto", parallel="ddp", processes=None
)  # fmt: skip
NODE = {"MACHINE_RANK": "1", "NUM_MACHINES": "2", "MAIN_ADDRESS": "10.0.0.1", "MAIN_PORT": "29501"}


def line(environment=(), devices=4, cores=64, **changes: object) -> list[str]:
    arguments = parallel.command_line(
        SETTINGS.model_copy(update=changes), "stages.train", dict(environment), devices, cores
    )
    return [arguments[0].rpartition("/")[2], *arguments[1:]]


def test_one_machine_takes_a_process_a_gpu_and_any_free_port() -> None:
    assert line() == [
        "ddp.yaml", "--num_processes=4", "--machine_rank=0", "--num_machines=1", "--main_process_ip=127.0.0.1",
        "--main_process_port=0", "--mixed_precision=no", "--num_cpu_threads_per_process=16", "--module", "stages.train",
    ]  # fmt: skip


def test_several_machines_are_told_apart_by_their_environment() -> None:
    assert line(NODE, parallel="deepspeed_zero3") == [
        "deepspeed_zero3.yaml", "--num_processes=8", "--machine_rank=1", "--num_machines=2",
        "--main_process_ip=10.0.0.1", "--main_process_port=29501", "--mixed_precision=bf16",
        "--num_cpu_threads_per_process=16", "--module", "stages.train",
    ]  # fmt: skip


def test_sharded_weights_are_computed_in_bfloat16_unless_float32_is_named() -> None:
    assert "--mixed_precision=bf16" in line(parallel="fsdp")
    assert "--mixed_precision=no" in line(parallel="fsdp", dtype="float32")


@pytest.mark.parametrize(
    ("told", "environment", "options"),
    [
        ("MAIN_ADDRESS, MAIN_PORT not set", {"MACHINE_RANK": "0", "NUM_MACHINES": "2"}, {}),
        ("MAIN_PORT is 'x'; it must be a number", {**NODE, "MAIN_PORT": "x"}, {}),
        ("MACHINE_RANK is 2; it must be from 0 to NUM_MACHINES - 1", {**NODE, "MACHINE_RANK": "2"}, {}),
        ("training.processes is 3, for 2 machines with 4 GPUs each", NODE, {"processes": 3}),
        ("training.processes is 5, for 1 machine with 4 GPUs", {}, {"processes": 5}),
        ("this machine has no GPU; set training.processes", {}, {"devices": 0}),
    ],
)
def test_what_cannot_be_launched_is_told(told: str, environment: dict[str, str], options: dict[str, int]) -> None:
    with pytest.raises(UserError, match=told):
        line(environment, **options)


def test_sharding_needs_gpus() -> None:
    with pytest.raises(UserError, match="fsdp, which needs GPUs; set ddp or none"):
        parallel.launch(SETTINGS.model_copy(update={"parallel": "fsdp"}), "stages.train")


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("ddp", "MULTI_GPU", {}),
        ("fsdp", "FSDP", {"FSDP_VERSION": "2", "FSDP_RESHARD_AFTER_FORWARD": "true", "FSDP_AUTO_WRAP_POLICY": "TRANSFORMER_BASED_WRAP", "FSDP_STATE_DICT_TYPE": "FULL_STATE_DICT", "FSDP_OFFLOAD_PARAMS": "false", "ACCELERATE_MIXED_PRECISION": "bf16"}),
        ("deepspeed_zero3", "DEEPSPEED", {"ACCELERATE_DEEPSPEED_ZERO_STAGE": "3", "ACCELERATE_DEEPSPEED_ZERO3_SAVE_16BIT_MODEL": "true", "ACCELERATE_DEEPSPEED_OFFLOAD_PARAM_DEVICE": "none", "ACCELERATE_MIXED_PRECISION": "bf16"}),
    ],
)  # fmt: skip
def test_accelerate_reads_the_configurations(name: str, kind: str, expected: dict[str, str]) -> None:
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser
    from accelerate.utils.launch import prepare_deepspeed_cmd_env, prepare_multi_gpu_env

    arguments = parallel.command_line(SETTINGS.model_copy(update={"parallel": name}), "stages.train", {}, 4, 4)
    args, defaults, _ = _validate_launch_command(launch_command_parser().parse_args(arguments))
    assert defaults.distributed_type.value == kind
    args.deepspeed_fields_from_accelerate_config = ""
    environment = prepare_deepspeed_cmd_env(args)[1] if args.use_deepspeed else prepare_multi_gpu_env(args)
    assert {key: environment[key] for key in expected} == expected
    assert (args.num_processes, args.nproc_per_node, args.module) == (4, "4", True)


def taken(processes: int, share: int, count: int, batch_size: int, by_length: bool = False) -> list[list[int]]:
    """The examples of each step, as accelerate deals them out to processes that take `share` at a time."""
    from accelerate.data_loader import BatchSamplerShard
    from torch.utils.data import BatchSampler

    lengths = [place * 7 % 11 for place in range(count)]
    together = share * processes if processes > 1 else 1
    order = Order(lengths, batch_size, together, seed=1, by_length=by_length, epoch=lambda: 0)
    batches = BatchSampler(order, share, False)
    # accelerate leaves a single process's batches alone
    dealt = (
        [[*BatchSamplerShard(batches, processes, one)] for one in range(processes)] if processes > 1 else [[*batches]]
    )
    assert len({len(one) for one in dealt}) == 1
    rounds = [*zip(*dealt, strict=True)]
    turns = batch_size // (share * processes)
    steps = [rounds[start : start + turns] for start in range(0, len(rounds), turns)]
    return [sorted(place for turn in step for one in turn for place in one if place < count) for step in steps]


@pytest.mark.parametrize("by_length", [False, True])
def test_a_step_has_the_same_examples_whatever_the_number_of_processes(by_length: bool) -> None:
    alone = taken(1, 8, 21, 8, by_length)
    assert [len(step) for step in alone] == [8, 8, 5]
    assert sorted(place for step in alone for place in step) == [*range(21)]
    assert taken(2, 4, 21, 8, by_length) == taken(2, 2, 21, 8, by_length) == taken(4, 1, 21, 8, by_length) == alone


def test_each_epoch_has_its_own_order() -> None:
    def of(seed: int, epoch: int) -> list[int]:
        return [*Order([1] * 20, 4, 1, seed, False, lambda: epoch)]

    assert of(1, 0) == of(1, 0)
    assert of(1, 0) != of(1, 1) != of(2, 1)


WORKER = """
import os, sys, time
from cot_distill.errors import UserError
from cot_distill.training import parallel

rank = parallel.rank()
with parallel.worker():
    {body}
"""
LAUNCH = """
import sys
from cot_distill.training import parallel
from cot_distill.training.settings import Settings
from stages.command import command

def train():
    settings = Settings(batch_size=8, max_tokens=2048, too_long="stop", device_batch=8, gradient_checkpointing=False, dtype="auto", parallel="ddp", processes=2)
    parallel.launch(settings, "work")

if __name__ == "__main__":
    command(train)()
"""


@pytest.fixture
def launch(tmp_path: Path):
    """Starts two processes that run a given body, by a command like a stage's."""

    def start(body: str, **environment: str) -> subprocess.Popen[str]:
        (tmp_path / "work.py").write_text(WORKER.format(body=body))
        (tmp_path / "train.py").write_text(LAUNCH)
        root = str(Path(__file__).parents[2])
        paths = os.pathsep.join([str(tmp_path), root])
        told = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", **environment}
        return subprocess.Popen([sys.executable, "train.py"], cwd=tmp_path, env=told, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip

    return start


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("if rank == 1: raise UserError('no room here')\n    time.sleep(60)", "train: no room here\n"),
        pytest.param("raise UserError('no room')", "train: no room\n", marks=pytest.mark.slow),
        pytest.param("if rank == 1: os.kill(os.getpid(), 9)\n    time.sleep(60)", "train: training: process 1 was killed (SIGKILL), often for lack of memory, and the others were stopped; run the same command again to continue from the last checkpoint\n", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_a_failure_is_told_once_and_ends_all(launch, body: str, told: str) -> None:
    done = launch(body)
    out, err = done.communicate(timeout=50)
    assert (done.returncode, out, err) == (1, "", told)


def told(message: str) -> SimpleNamespace:
    return SimpleNamespace(
        message={"message": message, "extraInfo": {"py_callstack": f"Traceback of {message}"}}, exitcode=1
    )


KILLED = SimpleNamespace(message="Signal 9 received", exitcode=-9, signal_name=lambda: "SIGKILL")


@pytest.mark.parametrize(
    ("failures", "kind", "begins"),
    [
        ([told("RuntimeError: of NCCL"), told("UserError: x: no room")], UserError, "x: no room"),
        ([told("RuntimeError: [gloo] closed"), KILLED], UserError, "training: process 1 was killed (SIGKILL)"),
        ([told("DistBackendError: closed")], UserError, "training: the connection to the other processes was lost"),
        ([told("RuntimeError: [gloo] closed"), told("KeyError: 'a'")], RuntimeError, "Traceback of KeyError: 'a'"),
        ([SimpleNamespace(message="", exitcode=3)], RuntimeError, "process 0 ended with 3"),
    ],
)
def test_the_cause_is_told_and_not_what_follows_from_it(failures, kind, begins: str) -> None:
    found = parallel.cause([*enumerate(failures)])
    assert type(found) is kind
    assert str(found).startswith(begins)


@pytest.mark.slow
def test_a_fault_of_the_code_shows_one_traceback(launch) -> None:
    done = launch("{}['absent']")
    _, err = done.communicate(timeout=50)
    assert done.returncode == 1
    assert err.count("KeyError: 'absent'") == 1


@pytest.mark.slow
def test_several_machines_meet_on_one(launch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    body = "from accelerate import PartialState\n    from accelerate.utils import gather_object\n    state = PartialState(cpu=True)\n    print(rank, parallel.processes(), state.backend, sorted(gather_object([rank])))"
    both = [launch(body, **{**NODE, "MACHINE_RANK": str(one), "MAIN_ADDRESS": "127.0.0.1", "MAIN_PORT": port}) for one in (0, 1)]  # fmt: skip
    told = [one.communicate(timeout=50) for one in both]
    assert told == [("0 2 gloo [0, 1]\n", ""), ("1 2 gloo [0, 1]\n", "")]


@pytest.fixture
def examples(project):
    """The project with 14 examples: in batches of 8 the last one is partial."""
    project.environment["OMP_NUM_THREADS"] = "1"
    project.set(train_problems=14, training__batch_size=8, training__epochs=2, training__device_batch=2)
    for stage in ("prepare", "generate", "transform"):
        done = project.stage(stage)
        assert done.returncode == 0, done.stderr
    return project


def curve(project) -> list[float]:
    text = (project.folder / "metrics/training/plots/metrics/loss.tsv").read_text()
    return [float(row.split("\t")[1]) for row in text.splitlines()[1:]]


@pytest.mark.slow
def test_two_processes_train_as_one_does(examples) -> None:
    examples.set(training__method="full", training__learning_rate=1e-2)
    _check_two_as_one(examples, 0.3)


@pytest.mark.slow
def test_two_processes_train_as_one_does_by_tokens(examples, tmp_path) -> None:
    """Padded, each with its share of a step in portions, as on a GPU."""
    examples.edit("students.yaml", {"tiny__model": str(FAMILIES["bloom"](tmp_path / "bloom"))})
    examples.set(training__method="full", training__learning_rate=1e-3, training__device_tokens=250)
    told = "training: batches are padded, not packed, which is slower: its attention cannot be replaced\n"
    _check_two_as_one(examples, 0.0, told)


def _check_two_as_one(examples, learned: float, told: str = "") -> None:
    found = []
    for parallel_ in ("none", "ddp"):
        examples.set(training__parallel=parallel_, training__processes=2)
        done = examples.process("train")
        assert (done.returncode, done.stderr, done.stdout.count("train: 4 steps over 14 examples")) == (0, told, 1)
        found.append((curve(examples), load_file(examples.folder / "data/students/tuned/model.safetensors")))
    (alone, expected), (both, weights) = found
    assert len(alone) == 4 and alone[0] - alone[-1] > learned
    assert both == pytest.approx(alone, abs=1e-3)
    assert max(float((weights[name] - weight).abs().max()) for name, weight in expected.items()) < 1e-5


SHARDED_ON_CPU = """
import os
import torch

os.environ["ACCELERATE_TORCH_DEVICE"] = "cpu"
from accelerate.state import PartialState
from accelerate.utils import DistributedType

def backend(self, *_):
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group("gloo")
    return "gloo", DistributedType.MULTI_GPU

PartialState._prepare_backend = backend  # accelerate shards on GPUs alone; PyTorch does on CPUs too
from stages.train import app
app()
"""
LAUNCH_SHARDED = """
import torch
from cot_distill.training import parallel
from stages import params

torch.cuda.is_available = torch.cuda.is_bf16_supported = lambda *_: True
parallel.launch(params.load().training_settings, "sharded_on_cpu")
"""


@pytest.mark.slow
def test_sharded_weights_train_as_whole_ones_do(project) -> None:
    """All examples in a step, since unpacked batches have another order; one of them a filler."""
    project.environment["OMP_NUM_THREADS"] = "1"
    project.set(train_problems=7, training__batch_size=8, training__epochs=4, training__device_batch=2)
    project.set(training__method="full", training__learning_rate=1e-2)
    for stage in ("prepare", "generate", "transform", "train"):
        done = project.stage(stage)
        assert done.returncode == 0, done.stderr
    student = project.folder / "data/students/tuned/model.safetensors"
    alone, expected = curve(project), load_file(student)
    student.unlink()
    (project.folder / "sharded_on_cpu.py").write_text(SHARDED_ON_CPU)
    (project.folder / "launch_sharded.py").write_text(LAUNCH_SHARDED)
    project.set(training__parallel="fsdp", training__processes=2)
    project.good(sys.executable, "launch_sharded.py")
    assert len(alone) == 4 and alone[0] - alone[-1] > 0.3
    assert curve(project) == pytest.approx(alone, abs=1e-3)
    weights = load_file(student)
    assert max(float((weights[name] - weight).abs().max()) for name, weight in expected.items()) < 1e-3


@pytest.mark.slow
def test_two_processes_stop_and_continue(examples) -> None:
    """Ctrl-C leaves a checkpoint; a killed process ends all; the run that continues ends as one that never stopped."""
    examples.set(training__parallel="ddp", training__processes=2, training__epochs=20, training__learning_rate=1e-2)

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-m", "stages.train"], cwd=examples.folder, env=examples.environment, stderr=subprocess.PIPE, text=True)  # fmt: skip

    def wait_for_steps(count: int) -> None:
        deadline = time.monotonic() + 50
        while time.monotonic() < deadline:
            if (examples.folder / "metrics/training/plots/metrics/loss.tsv").exists() and len(curve(examples)) >= count:
                return
            time.sleep(0.05)
        raise AssertionError("training does not get on")

    run = start()
    wait_for_steps(3)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=50)
    assert run.returncode == 130
    assert err.splitlines() == [
        "SIGINT: finishing what is in flight; a second signal ends at once",
        "train: stopped; run the same command again to continue",
    ]
    [kept] = examples.folder.parent.glob("cache/checkpoints/*/checkpoint-*")
    reached = int(kept.name.removeprefix("checkpoint-"))
    assert 3 <= reached < 40

    run = start()
    assert run.stderr is not None
    assert run.stderr.readline() == f"training: continues from step {reached}\n"
    import psutil

    psutil.Process(run.pid).children()[1].kill()
    _, err = run.communicate(timeout=50)
    assert (run.returncode, err.count("\n")) == (1, 1)
    assert "was killed (SIGKILL)" in err
    assert not (examples.folder / "data/students/tuned").exists()

    done = examples.process("train")
    assert done.returncode == 0
    assert done.stderr == f"training: continues from step {reached}\n"
    continued = curve(examples)
    assert len(continued) == 40 and not [*(examples.folder.parent / "cache/checkpoints").iterdir()]
