"""Training by several processes: on the GPUs of one machine or of several, launched through accelerate."""

import os
import subprocess
import sys
from pathlib import Path

from cot_distill.errors import UserError
from cot_distill.students.settings import Settings

_CONFIGURATIONS = Path(__file__).with_name("accelerate")
_NODES = ("MACHINE_RANK", "NUM_MACHINES", "MAIN_ADDRESS", "MAIN_PORT")


def wanted(settings: Settings) -> bool:
    """Whether this process is to launch those that train, and is none of them itself."""
    return settings.parallel != "none" and "LOCAL_RANK" not in os.environ


def launch(settings: Settings, module: str) -> None:
    """Run a module in several processes and wait for them.

    Several machines run the same command, each with MACHINE_RANK, NUM_MACHINES, MAIN_ADDRESS and MAIN_PORT in its
    environment. Raises UserError where there are no devices for them, or one of them fails.
    """
    import torch

    machines = int(os.environ.get("NUM_MACHINES", "1"))
    processes = settings.processes or torch.cuda.device_count() * machines
    if not processes:
        raise UserError(
            f"training.parallel is {settings.parallel}, and this machine has no GPU; name training.processes, or take "
            "training.parallel none"
        )
    if settings.parallel != "ddp" and not torch.cuda.is_available():
        raise UserError(f"training.parallel is {settings.parallel}, which needs GPUs; take ddp or none")
    nodes = [
        f"--{option}={os.environ[name]}"
        for name, option in zip(
            _NODES, ("machine_rank", "num_machines", "main_process_ip", "main_process_port"), strict=True
        )
        if name in os.environ
    ]
    configuration = _CONFIGURATIONS / f"{settings.parallel}.yaml"
    device = [] if torch.cuda.is_available() else ["--cpu"]
    command = [sys.executable, "-m", "accelerate.commands.launch", f"--config_file={configuration}"]
    command += [f"--num_processes={processes}", *nodes, *device, "--module", module]
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise UserError("training: one of its processes failed; see its message above")
