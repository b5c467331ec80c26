"""The process in which math-verify compares: lines of JSON [answer, gold] in, lines of true or false out.

Only the LaTeX reader of math-verify is used. The one for plain expressions hands them to sympy's `parse_expr`, which
evaluates Python.
"""

import json
import logging
import resource
import sys

_BYTES = 2 * 1024**3
"""Of address space, which is more than is ever used in earnest."""


def main() -> None:
    """Answer until the input ends, one line a question."""
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    logging.disable(logging.CRITICAL)
    from math_verify import LatexExtractionConfig, parse, verify

    def parsed(formula: str) -> list[object]:
        # No time-out of its own, which uses signals: the process that asks keeps the time.
        return list(parse(f"${formula}$", [LatexExtractionConfig()], parsing_timeout=0))

    print(json.dumps(verify(parsed("1"), parsed("1"), timeout_seconds=0)), flush=True)  # warmed up, and ready
    for line in sys.stdin:
        answer, gold = json.loads(line)
        try:
            verdict = verify(parsed(gold), parsed(answer), timeout_seconds=0, allow_set_relation_comp=True)
        except (MemoryError, RecursionError):
            verdict = False
        print(json.dumps(bool(verdict)), flush=True)


if __name__ == "__main__":
    main()
