"""DVC's command line, for several processes that share one run cache.

It is run as a file, since `-m` would find the code of the revision that is checked out.

DVC first writes an entry of the run cache under a temporary name beside the final one. A process that looks for the
newest entry meanwhile finds the unfinished one. It fails if that one is gone again; or it removes it as corrupt, and
then the writer fails.
"""

import sys
from pathlib import Path
from typing import Any


def main() -> int:
    """Runs `dvc` with this process's arguments. Returns its exit code."""
    from dvc.cli import main as dvc
    from dvc.stage.cache import StageCache

    StageCache._load = _newest_finished
    return int(dvc())


def _newest_finished(cache: Any, stage: Any) -> dict[str, Any] | None:
    """The newest finished entry of the stage in the run cache. It replaces DVC 3.67's `StageCache._load`."""
    from dvc.stage.cache import _get_stage_hash

    key = _get_stage_hash(stage)
    entries = [path for path in Path(cache._get_cache_dir(key)).glob("*") if path.suffix != ".tmp"] if key else []
    if not entries:
        return None
    found: dict[str, Any] | None = cache._load_cache(key, max(entries, key=lambda path: path.stat().st_mtime).name)
    return found


if __name__ == "__main__":
    sys.exit(main())
