"""The process in which math-verify compares. It reads lines of JSON. For [answer, gold] it prints true or false; for
[formula] its rational value, such as "3/4", or null.

Only math-verify's reader of LaTeX is used. Its reader of plain expressions calls sympy's `parse_expr`, which evaluates
Python. math-verify compares numbers after rounding to a fixed number of decimals. Here the tolerance is relative, so
that 1.6e-19 is not 9.1e-31.
"""

import json
import logging
import re
import resource
import sys
import time
from typing import Any

_BYTES = 2 * 1024**3
"""The limit of address space in bytes; no sensible question needs as much."""
_DIGITS = 30
_NEAR_DECIMAL, _NEAR_EXACT = 1e-6, 1e-20


def main() -> None:
    """Answer each line until the input ends. The kernel ends this process if a question takes too long."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    logging.disable(logging.CRITICAL)
    from math_verify import LatexExtractionConfig, grader, parse, verify

    by_rounding = grader.sympy_numeric_eq
    grader.sympy_numeric_eq = lambda one, other, *rest: _near(one, other, lambda: by_rounding(one, other, *rest))

    def parsed(formula: str) -> list[object]:
        # math-verify's own time-out, which uses signals, is off: the kernel keeps the time.
        return list(parse(f"${formula}$", [LatexExtractionConfig()], parsing_timeout=0))

    # warms up, and reports that it is ready
    print(json.dumps(verify(parsed("1"), parsed("1"), timeout_seconds=0)), flush=True)
    for line in sys.stdin:
        answer, *golds = json.loads(line)
        # The limit counts whole seconds from the process's start, so it gets one more.
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + seconds + 1, resource.RLIM_INFINITY))
        try:
            found: Any = _same(answer, golds[0], parsed) if golds else _value(parsed(answer))
        except (MemoryError, RecursionError):
            found = False
        print(json.dumps(found), flush=True)


def _same(answer: str, gold: str, parsed: Any) -> bool:
    from math_verify import verify

    one, other = parsed(gold), parsed(answer)
    verdict = verify(one, other, timeout_seconds=0, allow_set_relation_comp=True)
    return bool(verdict or _union(gold, one, parsed) == _union(answer, other, parsed) is not None)


def _value(found: list[Any]) -> str | None:
    """The rational value of a parsed formula. Decimals count as written."""
    from sympy import Expr, nsimplify

    number = found[0].doit() if found and isinstance(found[0], Expr) else None
    if number is None or not number.is_number or not number.is_finite:
        return None
    number = nsimplify(number, rational=True) if number.is_Float else number
    return str(number) if number.is_Rational else None


def _union(formula: str, whole: Any, parsed: Any) -> Any:
    """The set of numbers of a formula, or of inequalities joined by "or" or a comma; None for anything else."""
    from sympy import And, Rel, Set, Union

    parts = [parsed(part)[:1] for part in re.split(r"\\text\s?\{\s*or\s*\}|\bor\b|\\lor|,(?=[^,()\[\]]*[<>])", formula)]
    if len(parts) > 1 and all(part and isinstance(part[0], Rel | And) for part in parts):
        return Union(*(part[0].as_set() for part in parts))
    return whole[0] if whole and isinstance(whole[0], Set) else None


def _near(one: Any, other: Any, otherwise: Any) -> bool:
    """Whether two sympy numbers are close, relative to their size; `otherwise` if one is not a number."""
    from sympy import Expr, Float

    if not all(isinstance(number, Expr) and number.is_number for number in (one, other)):
        return bool(otherwise())
    one, other = one.doit(), other.doit()
    if one.is_Rational and other.is_Rational:
        return bool(one == other)
    if not (one.is_finite and other.is_finite):
        return bool(one == other)
    size = max(abs(one.evalf(_DIGITS)), abs(other.evalf(_DIGITS)))
    near = _NEAR_DECIMAL if one.has(Float) or other.has(Float) else _NEAR_EXACT
    return bool(abs((one - other).evalf(_DIGITS)) <= near * size)


if __name__ == "__main__":
    main()
