"""A stage's stand-in, which loads no model: it writes each of its outs from what other stages made and from its params.

    python stub_stage.py '{"deps": [...], "params": {"params.yaml": ["seed"]}, "outs": [...], "metrics": [...]}'

Code is no part of what it writes, as a comment is none of what the real stage does: DVC alone decides whether it runs.
"""

import hashlib
import json
import shlex
import sys
from pathlib import Path
from typing import Any

NOT_MADE = ("data/benchmarks", "data/published", "data/other_benchmarks")
"""Folders of a user's files, of which a stage reads but some."""


def stub(pipeline: dict[str, Any], stage: str) -> None:
    """Put the stand-in in the place of a stage's command in a dvc.yaml that was read."""
    declared = pipeline["stages"][stage]
    names = {out if isinstance(out, str) else next(iter(out)) for out in declared.get("outs", [])}
    names |= {next(iter(plot)) for plot in declared.get("plots", [])}
    read = {dep for other in pipeline["stages"].values() for dep in other["deps"]}
    params: dict[str, Any] = {"params.yaml": []}
    for param in declared.get("params", []):
        if isinstance(param, str):
            params["params.yaml"].append(param)
        else:
            params |= param
    told = {
        "deps": [dep for dep in declared["deps"] if dep.startswith("data/")],
        "params": params,
        "outs": sorted(names),
        "files": sorted(
            dep.replace("${item.dataset}", "DATASET").replace("${evaluation.split}", split)
            for dep in read
            for split in ("dev", "test")
            if any(dep.startswith(f"{name}/") for name in names)
        ),
        "metrics": [next(iter(metric)) for metric in declared.get("metrics", [])],
    }
    command = [sys.executable, str(Path(__file__).resolve()), json.dumps(told)]
    declared["cmd"] = f"{shlex.join(command)} {shlex.quote(declared['cmd'])}"


def main(told: dict[str, Any], command: str) -> None:
    import yaml

    made, datasets = hashlib.sha256(command.encode()), []
    for dep in told["deps"]:
        if dep not in NOT_MADE:
            path = Path(dep)
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                made.update(file.read_bytes() if file.is_file() else b"")
    for name, keys in told["params"].items():
        values = yaml.safe_load(Path(name).read_text(encoding="utf-8"))
        for key in keys or ():
            if key == "transfer":  # adds tables to those of `prepare`, and changes none
                datasets = values[key]
                continue
            value = values
            for part in key.split("."):
                value = (value or {}).get(part)
            made.update(f"{key} {value}\n".encode())
    text = json.dumps({"made": int(made.hexdigest()[:8], 16)})
    files = [name for name in told["files"] if "DATASET" not in name]
    files += [name.replace("DATASET", one) for name in told["files"] if "DATASET" in name for one in datasets]
    for name in [*told["outs"], *files, *told["metrics"]]:
        path = Path(name) if Path(name).suffix else Path(name) / "made.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2])
