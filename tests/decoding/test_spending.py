"""One limit for all commands of an experiment, also for two at a time."""

import subprocess
import sys
from pathlib import Path

PAYS = """
from cot_distill.decoding import Completion, Request, Sampling
from cot_distill.decoding.spending import Price, Spending

request = Request("p1", (("user", "How many?"),), Sampling(0.0, 1.0, 500, 1))
spending = Spending(Price(0.0, 1_000.0), 0.8, experiment="one")
spending = Spending(Price(0.0, 1_000.0), 0.8, experiment="one")  # the same command's judge
sent = spending.reserve(request)
print(sent, flush=True)
input()
if sent:
    spending.settle(request, Completion("12", 500, "stop", 10))
"""


def start(cache: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PAYS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"COT_DISTILL_CACHE": str(cache), "PYTHONPATH": ":".join(sys.path)},
    )


def test_two_commands_at_a_time_do_not_pass_the_limit_together(tmp_path: Path) -> None:
    first = start(tmp_path)
    assert first.stdout and first.stdout.readline() == "True\n"
    second = start(tmp_path)
    assert second.stderr and second.stderr.readline().startswith("waiting for another command")
    first.communicate("\n", timeout=60)
    told, _ = second.communicate("\n", timeout=60)
    assert told == "False\n"  # $0.50 is paid, and another $0.50 would pass $0.80
    third, _ = start(tmp_path).communicate("\n", timeout=60)
    assert third == "False\n"
