"""A Slurm of its own on this machine, without root, munge or a change of its configuration: for tests."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "scontrol")
_CONFIGURATION = """
ClusterName=loop
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0
ReturnToService=2
JobRequeue=0
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=2000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def installed() -> bool:
    """Whether this machine has Slurm's programs."""
    path = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
    return all(shutil.which(program, path=path) for program in PROGRAMS)


class Slurm:
    """One that runs; `SLURM_CONF` in the environment is what its commands are known by."""

    def __init__(self, folder: Path) -> None:
        for part in ("state", "spool"):
            (folder / part).mkdir(parents=True)
        self._folder = folder
        host, ports = socket.gethostname(), _free_ports(2)
        text = _CONFIGURATION.format(host=host, user=getpass.getuser(), ports=ports, folder=folder)
        (folder / "slurm.conf").write_text(text)
        os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
        os.environ["PATH"] += f"{os.pathsep}/usr/sbin"

    def start(self) -> None:
        """Starts what is not there; returns once it takes jobs."""
        for program in ("slurmctld", "slurmd"):
            if not self._alive(program):
                subprocess.run([program], check=True)
        until = time.monotonic() + 60
        while "idle" not in self.nodes() and "alloc" not in self.nodes() and "mix" not in self.nodes():
            assert time.monotonic() < until, (self._folder / "slurmctld.log").read_text()
            time.sleep(0.2)

    def stop_scheduler(self) -> None:
        """Ends the scheduler alone: jobs go on, nobody answers."""
        number = int((self._folder / "slurmctld.pid").read_text())
        os.kill(number, 15)
        while self.nodes():
            time.sleep(0.2)

    def stop(self) -> None:
        """Ends it all."""
        subprocess.run(["scontrol", "shutdown"], check=False)

    def nodes(self) -> str:
        """The states of its nodes; nothing where it does not answer."""
        return subprocess.run(["sinfo", "--noheader", "--format=%t"], capture_output=True, text=True).stdout.strip()

    def jobs(self, state: str = "") -> dict[str, str]:
        """The names of the jobs that have not ended, or are in a state, by their ids."""
        command = ["squeue", "--noheader", "--format=%i %j", *([f"--states={state}"] if state else [])]
        listed = subprocess.run(command, capture_output=True, text=True).stdout
        return dict(line.split() for line in listed.splitlines())

    def cancel(self, name: str) -> None:
        """Cancels the job of this name."""
        subprocess.run(["scancel", next(number for number, there in self.jobs().items() if there == name)], check=True)

    def _alive(self, program: str) -> bool:
        try:
            os.kill(int((self._folder / f"{program}.pid").read_text()), 0)
        except (OSError, ValueError):
            return False
        return True


@contextmanager
def slurm(folder: Path) -> Iterator[Slurm]:
    """Slurm, while this lasts."""
    environment = dict(os.environ)
    made = Slurm(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        os.environ.clear()
        os.environ.update(environment)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
