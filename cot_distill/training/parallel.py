"""Training by several processes, on the GPUs of one machine or of several, with accelerate's launcher.

accelerate reads from a file of the folder `accelerate` how to share the work. It starts torch's elastic agent, which
starts the processes, forwards signals to them, and collects the reasons of failures.
"""

import logging
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

from cot_distill.errors import UserError
from cot_distill.training.settings import Settings

_CONFIGURATIONS = Path(__file__).with_name("accelerate")
_NODES = {
    "MACHINE_RANK": "machine_rank",
    "NUM_MACHINES": "num_machines",
    "MAIN_ADDRESS": "main_process_ip",
    "MAIN_PORT": "main_process_port",
}
"""The variables that each of several machines needs, and accelerate's options for them."""
_PATIENCE = 3600
"""Seconds that processes have to end after a signal. A large checkpoint takes minutes."""


def rank() -> int:
    """The number of this process among all, from 0."""
    return int(os.environ.get("RANK", "0"))


def processes() -> int:
    """The number of processes that train, on all machines together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def launched() -> bool:
    """Whether `launch` started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def wanted(settings: Settings) -> bool:
    """Whether this process must launch those that train, and is not one of them."""
    return settings.parallel != "none" and "LOCAL_RANK" not in os.environ


def launch(settings: Settings, module: str) -> None:
    """Run a module in several processes and wait for them.

    Several machines run the same command, each with MACHINE_RANK, NUM_MACHINES, MAIN_ADDRESS and MAIN_PORT in its
    environment. Raises UserError if there are no devices for the processes, or if one of them fails (with its message).
    Raises KeyboardInterrupt if they were stopped. A second signal kills them.
    """
    # Silences torch's own words on lost connections, here and in the processes. torch reads this when it is imported.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "FATAL")
    import psutil
    import torch
    from accelerate.commands.launch import launch_command, launch_command_parser
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    if settings.sharded and not torch.cuda.is_available():
        raise UserError(f"training.parallel is {settings.parallel}, which needs GPUs; set ddp or none")
    if settings.sharded and settings.method == "qlora":
        raise UserError(f"training.method qlora cannot be combined with training.parallel {settings.parallel}; set ddp")
    if settings.parallel == "deepspeed_zero3" and find_spec("deepspeed") is None:
        raise UserError(
            "training.parallel is deepspeed_zero3, which needs the package deepspeed; `pip install -e '.[deepspeed]'`"
        )
    arguments = command_line(settings, module, os.environ, torch.cuda.device_count(), os.cpu_count() or 1)
    os.environ["TORCH_ELASTIC_SHUTDOWN_TIMEOUT"] = str(_PATIENCE)
    os.environ["PET_SIGNALS_TO_HANDLE"] = "SIGHUP,SIGQUIT"  # this function handles the other signals
    stopped = False

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal stopped
        if not stopped:
            name = signal.Signals(number).name
            print(f"{name}: finishing what is in flight; a second signal ends at once", file=sys.stderr, flush=True)
        stopped = True
        # The agent's own handler raises this: it forwards the signal to the processes and waits.
        raise SignalException(f"received {number}", signal.Signals(number))

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    logging.disable(logging.CRITICAL)  # this function reports a failure in one line
    failures: list[tuple[int, Any]] = []
    try:
        launch_command(launch_command_parser().parse_args(arguments))
    except ChildFailedError as error:
        failures = [*error.failures.items()]
    except SignalException:
        raise KeyboardInterrupt from None
    except (ConnectionError, torch.distributed.DistError):
        raise UserError(_APART) from None
    finally:
        logging.disable(logging.NOTSET)
        for left in psutil.Process().children():  # processes that are left after a second signal
            left.kill()
    if failures:
        raise cause(failures)


def command_line(
    settings: Settings, module: str, environment: Mapping[str, str], devices: int, cores: int
) -> list[str]:
    """The arguments of `accelerate launch`, on a machine with `devices` GPUs and `cores` cores.

    Raises UserError if the number of processes is unknown, if the machines cannot share it, or if a variable is
    missing.
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
            f"training.parallel is {settings.parallel}, and this machine has no GPU; set training.processes, or "
            "training.parallel none"
        )
    here, over = divmod(count, machines)
    if over or (devices and here > devices):
        raise UserError(
            f"training.processes is {count}, for {machines} machine{'s' * (machines > 1)} with {devices} GPUs each; "
            "choose as many on each machine, and at most one a GPU"
        )
    half = settings.sharded and settings.dtype != "float32"
    # On a single machine, any free port.
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


@contextmanager
def worker() -> Iterator[None]:
    """In a process that `launch` started, pass an exception of the block to it, and it reports it once. Elsewhere, do
    nothing."""
    if not launched():
        yield
        return
    from torch import distributed
    from torch.distributed.elastic.multiprocessing.errors import get_error_handler

    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGINT) from None
    except Exception as error:
        get_error_handler().record_exception(error)
        raise SystemExit(1) from None
    if distributed.is_initialized():
        distributed.destroy_process_group()


_AGAIN = "run the same command again to continue from the last checkpoint"
_APART = (
    "training: the connection to the other processes was lost or never made; see what the other machines say, check "
    f"MAIN_ADDRESS and MAIN_PORT, and {_AGAIN}"
)


def cause(failures: Sequence[tuple[int, Any]]) -> Exception:
    """Why training failed, from the (rank, failure) pairs of the agent. A process's own error comes first, then a kill.
    A lost connection comes last, since it is only a consequence."""
    recorded = [one.message for _, one in failures if isinstance(one.message, dict)]  # written by `worker`
    said = [(*record["message"].partition(": ")[::2], record["extraInfo"]["py_callstack"]) for record in recorded]
    for kind, text, _ in said:
        if kind == UserError.__name__:
            return UserError(text)
    # Gloo has no exception type for a lost connection.
    lost = [kind.startswith("Dist") or (kind == "RuntimeError" and "gloo" in text) for kind, text, _ in said]
    for (_, _, traceback), is_lost in zip(said, lost, strict=True):
        if not is_lost:
            return RuntimeError(traceback)
    for rank, failure in failures:
        if failure.exitcode < 0:
            return UserError(
                f"training: process {rank} was killed ({failure.signal_name()}), often for lack of memory, and the "
                f"others were stopped; {_AGAIN}"
            )
    return UserError(_APART) if said else RuntimeError(f"process {failures[0][0]} ended with {failures[0][1].exitcode}")
