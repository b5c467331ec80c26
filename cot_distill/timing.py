"""Writes timings to a side file, so that metrics and outs are the same from run to run."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cot_distill.files import write_text


@contextmanager
def timed(path: Path) -> Iterator[dict[str, Any]]:
    """Time a block. Write its seconds, and what the block adds to the yielded dict, to `path` as JSON."""
    facts: dict[str, Any] = {}
    start = time.monotonic()
    yield facts
    seconds = round(time.monotonic() - start, 2)
    write_text(path, json.dumps({"seconds": seconds, **facts}, indent=2) + "\n")
