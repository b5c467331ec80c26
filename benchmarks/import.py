"""How long importing takes: every published arm there is, and preparing GSM8K, both as whole commands.

    python -m benchmarks.import PUBLISHED BENCHMARKS

The import's baseline is reading the same files with the standard library's JSON parser alone.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import tell
from benchmarks.pipeline import ROOT, seconds

# The command's own peak, its worker processes' included: each reports its largest resident set in kilobytes.
_ARMS = """
import contextlib, io, resource, sys
from cot_distill.cli import main
sys.argv = ["cot-distill", "arms", "--json", "--published", sys.argv[1], "--benchmarks", sys.argv[2]]
with contextlib.redirect_stdout(io.StringIO()):
    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code
usage = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(usage[0] + 2 * usage[1])  # RUSAGE_CHILDREN is the largest of the workers, of which two run at a time
"""


def main(published: Path, benchmarks: Path) -> None:
    """Measure and print every figure."""
    start = time.monotonic()
    files = sorted((published / "data" if (published / "data").is_dir() else published).glob("*.json"))
    for file in files:
        json.loads(file.read_bytes())
    parsing = time.monotonic() - start
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _ARMS, str(published), str(benchmarks)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    tell("published_import_seconds", time.monotonic() - start, "s", baseline=parsing)
    tell("published_import_peak_mb", int(done.stdout) / 1024, "MB")
    with tempfile.TemporaryDirectory() as scratch:
        clone = Path(scratch) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        params = (clone / "params.yaml").read_text(encoding="utf-8")
        for old, new in (
            ("dataset: word_problems", "dataset: gsm8k"),
            ("granularity: 3", "granularity: 0"),
            ("benchmarks: data/benchmarks", f"benchmarks: {benchmarks.absolute()}"),
        ):
            params = params.replace(old, new, 1)
        (clone / "params.yaml").write_text(params, encoding="utf-8")
        tell("prepare_gsm8k_seconds", seconds([sys.executable, "-m", "stages.prepare"], clone), "s")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m benchmarks.import PUBLISHED BENCHMARKS")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
