"""Training by several processes: on the GPUs of one machine or of several, launched through accelerate."""

import json
import logging
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from cot_distill.errors import UserError
from cot_distill.training.settings import Settings

_CONFIGURATIONS = Path(__file__).with_name("accelerate")
_NODES = {
    "MACHINE_RANK": "machine_rank",
    "NUM_MACHINES": "num_machines",
    "MAIN_ADDRESS": "main_process_ip",
    "MAIN_PORT": "main_process_port",
}
"""What every one of several machines is told, and accelerate's names for it."""
_FAILURES = "COT_DISTILL_FAILURES"
"""Names the folder in which the processes leave why they failed."""
_PATIENCE = 3600
"""Seconds that processes may take to end once asked to: a large checkpoint takes minutes."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a process failed; the causes before the consequences: one whose partner died loses its connection."""

    kind: str
    text: str
    when: float


def rank() -> int:
    """Which of all processes this is, from 0."""
    return int(os.environ.get("RANK", "0"))


def processes() -> int:
    """How many processes train, on all machines together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def launched() -> bool:
    """Whether `launch` started this process."""
    return _FAILURES in os.environ


def wanted(settings: Settings) -> bool:
    """Whether this process is to launch those that train, and is none of them itself."""
    return settings.parallel != "none" and "LOCAL_RANK" not in os.environ


def launch(settings: Settings, module: str) -> None:
    """Run a module in several processes and wait for them.

    Several machines run the same command, each with MACHINE_RANK, NUM_MACHINES, MAIN_ADDRESS and MAIN_PORT in its
    environment. Raises UserError where there are no devices for them, where one of them fails (with its own message),
    and where they were stopped; a second signal kills them.
    """
    # What a lost connection looks like from below, here and in the processes; torch reads it when it is imported.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "FATAL")
    import torch

    if settings.sharded and not torch.cuda.is_available():
        raise UserError(f"training.parallel is {settings.parallel}, which needs GPUs; take ddp or none")
    if settings.sharded and settings.method == "qlora":
        raise UserError(f"training.method qlora and training.parallel {settings.parallel} do not go together; take ddp")
    if settings.parallel == "deepspeed_zero3" and find_spec("deepspeed") is None:
        raise UserError(
            "training.parallel is deepspeed_zero3, which needs the package deepspeed; `pip install -e '.[deepspeed]'`"
        )
    arguments = command_line(settings, module, os.environ, torch.cuda.device_count(), os.cpu_count() or 1)
    with tempfile.TemporaryDirectory(prefix="cot-distill-") as folder:
        os.environ[_FAILURES] = folder
        os.environ["PET_SIGNALS_TO_HANDLE"] = "SIGHUP,SIGQUIT"  # the others are ours, see `_run`
        os.environ["PET_SHUTDOWN_TIMEOUT"] = str(_PATIENCE)
        failed = _run(arguments)
        if failed:
            _tell([*_left(Path(folder)), *failed])


def command_line(
    settings: Settings, module: str, environment: Mapping[str, str], devices: int, cores: int
) -> list[str]:
    """The arguments of `accelerate launch`, on a machine with so many GPUs and cores.

    Raises UserError where the number of processes is not known, the machines cannot share it, or are told too little.
    """
    named = {name: environment[name] for name in _NODES if name in environment}
    if named and len(named) < len(_NODES):
        raise UserError(
            f"training on several machines: {', '.join(name for name in _NODES if name not in named)} not set; each "
            f"needs {', '.join(_NODES)}"
        )
    for name in ("MACHINE_RANK", "NUM_MACHINES", "MAIN_PORT"):
        if not named.get(name, "0").isdecimal():
            raise UserError(f"{name} is {named[name]!r}; it must be a number")
    machines = int(named.get("NUM_MACHINES", "1"))
    if machines < 1 or int(named.get("MACHINE_RANK", "0")) >= machines:
        raise UserError(f"MACHINE_RANK is {named['MACHINE_RANK']}; it must be from 0 to NUM_MACHINES - 1")
    count = settings.processes or devices * machines
    if not count:
        raise UserError(
            f"training.parallel is {settings.parallel}, and this machine has no GPU; name training.processes, or take "
            "training.parallel none"
        )
    here, over = divmod(count, machines)
    if over or (devices and here > devices):
        raise UserError(
            f"training.processes is {count}, for {machines} machine{'s' * (machines > 1)} with {devices} GPUs each; "
            "choose as many on each machine, and at most one a GPU"
        )
    half = settings.sharded and settings.dtype != "float32"
    # Without machines to agree on one, any free port.
    nodes = named or {"MACHINE_RANK": "0", "NUM_MACHINES": "1", "MAIN_ADDRESS": "127.0.0.1", "MAIN_PORT": "0"}
    return [
        f"--config_file={_CONFIGURATIONS / settings.parallel}.yaml",
        f"--num_processes={count}",
        *(f"--{_NODES[name]}={value}" for name, value in nodes.items()),
        f"--mixed_precision={'bf16' if half else 'no'}",
        f"--num_cpu_threads_per_process={max(1, cores // here)}",
        "--module",
        module,
    ]


def _run(arguments: list[str]) -> list[_Failure]:
    """Launch the processes from this one, and say how they failed as far as it can be seen from here."""
    import psutil
    import torch
    from accelerate.commands.launch import launch_command, launch_command_parser
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    stopped = False

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal stopped
        if not stopped:
            name = signal.Signals(number).name
            print(f"{name}: finishing what is in flight; once more ends at once", file=sys.stderr, flush=True)
        stopped = True
        # To the launcher it is as if its own handler had been called: it hands the signal on and waits.
        raise SignalException(f"received {number}", signal.Signals(number))

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    logging.disable(logging.CRITICAL)  # a process that fails tells why itself
    try:
        launch_command(launch_command_parser().parse_args(arguments))
    except ChildFailedError as error:
        return [
            _Failure("killed", f"process {rank} was killed ({one.signal_name()})", one.timestamp)
            if one.exitcode < 0
            else _Failure("silent", f"process {rank} ended with code {one.exitcode}", one.timestamp)
            for rank, one in error.failures.items()
        ]
    except SignalException:
        return [_Failure("stopped", "", time.time())]
    except (ConnectionError, torch.distributed.DistError) as error:
        return [_Failure("apart", str(error).splitlines()[0], time.time())]
    finally:
        logging.disable(logging.NOTSET)
        for left in psutil.Process().children():  # where a second signal cut the waiting short
            left.kill()
    return []


@contextmanager
def worker() -> Iterator[None]:
    """In a process that `launch` started, leave to it what fails in the block: it tells it once. Elsewhere, nothing."""
    if not launched():
        yield
        return
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGINT) from None
    except UserError as error:
        _leave("told", str(error))
        raise SystemExit(1) from None
    except Exception as error:
        _leave("apart" if _is_lost_connection(error) else "fault", traceback.format_exc())
        raise SystemExit(1) from None
    from torch import distributed

    if distributed.is_initialized():
        distributed.destroy_process_group()


def _is_lost_connection(error: Exception) -> bool:
    import torch

    # Gloo has no type of its own for it.
    return isinstance(error, torch.distributed.DistError) or (isinstance(error, RuntimeError) and "gloo" in str(error))


def _leave(kind: str, text: str) -> None:
    """Write down why this process fails, for `launch` to read."""
    path = Path(os.environ[_FAILURES]) / f"{rank()}.json"
    aside = path.with_suffix(".partial")
    aside.write_text(json.dumps(asdict(_Failure(kind, text, time.time()))), encoding="utf-8")
    aside.replace(path)


def _left(folder: Path) -> list[_Failure]:
    return [_Failure(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.json"))]


def _tell(failures: list[_Failure]) -> None:
    """Raise the cause of it all; the rest are its consequences."""
    order = ("told", "fault", "stopped", "killed", "apart", "silent")
    cause = min(failures, key=lambda one: (order.index(one.kind), one.when))
    if cause.kind == "told":
        raise UserError(cause.text)
    if cause.kind == "stopped":
        raise KeyboardInterrupt
    again = "run the same command again to continue from the last checkpoint"
    if cause.kind == "killed":
        raise UserError(f"training: {cause.text}, often for lack of memory, and the others were stopped; {again}")
    if cause.kind == "apart":
        raise UserError(
            "training: the connection to the other processes was lost or never made; see what the other machines say, "
            f"check MAIN_ADDRESS and MAIN_PORT, and {again}"
        )
    raise RuntimeError(cause.text)
