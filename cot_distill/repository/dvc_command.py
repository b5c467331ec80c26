"""DVC's command line, for several processes that share one run cache.

It is run as a file: what `-m` finds in a checkout is the code of the revision that is checked out.

DVC writes an entry of the run cache beside its final name first. A process that looks for the newest entry meanwhile
finds the unfinished one: it fails if that is gone again, or removes it as corrupt, so that its writer fails.
"""

import sys
from pathlib import Path
from typing import Any


def main() -> int:
    """Runs `dvc` with this process's arguments; its exit code."""
    from dvc.cli import main as dvc
    from dvc.stage.cache import StageCache

    StageCache._load = _newest_finished
    return int(dvc())


def _newest_finished(cache: Any, stage: Any) -> dict[str, Any] | None:
    """What the run cache holds of the stage, in the place of DVC 3.67's `StageCache._load`."""
    from dvc.stage.cache import _get_stage_hash

    key = _get_stage_hash(stage)
    entries = [path for path in Path(cache._get_cache_dir(key)).glob("*") if path.suffix != ".tmp"] if key else []
    if not entries:
        return None
    found: dict[str, Any] | None = cache._load_cache(key, max(entries, key=lambda path: path.stat().st_mtime).name)
    return found


if __name__ == "__main__":
    sys.exit(main())
