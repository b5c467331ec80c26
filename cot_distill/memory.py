"""Settings of the process's memory that save time."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# malloc.h of glibc
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8


def keep_freed_memory() -> None:
    """Make glibc keep freed blocks instead of returning them to the kernel. Does nothing with another C library.

    Otherwise each large tensor on a CPU is mapped, faulted in page by page and unmapped again, which takes a fifth of a
    training step's time.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):  # another C library
        return
    for option, value in ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, 2**31 - 1), (_TOP_PAD, 2**28), (_ARENA_MAX, 1)):
        mallopt(option, value)


@contextmanager
def without_cycles() -> Iterator[None]:
    """Switch the garbage collector off while the block runs. With millions of records, which have no cycles, it would
    take longer than making them."""
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()
