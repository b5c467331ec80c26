"""The process in which math-verify compares: lines of JSON [answer, gold] in, lines of true or false out.

Only the LaTeX reader of math-verify is used. The one for plain expressions hands them to sympy's `parse_expr`, which
evaluates Python. Its comparison of numbers rounds to so many decimals; here it is relative, so that 1.6e-19 is not
9.1e-31.
"""

import json
import logging
import resource
import sys
from typing import Any

_BYTES = 2 * 1024**3
"""Of address space, which is more than is ever used in earnest."""
_DIGITS = 30
_NEAR_DECIMAL, _NEAR_EXACT = 1e-6, 1e-20


def main() -> None:
    """Answer until the input ends, one line a question."""
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    logging.disable(logging.CRITICAL)
    from math_verify import LatexExtractionConfig, grader, parse, verify

    by_rounding = grader.sympy_numeric_eq
    grader.sympy_numeric_eq = lambda one, other, *rest: _near(one, other, lambda: by_rounding(one, other, *rest))

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


def _near(one: Any, other: Any, otherwise: Any) -> bool:
    """Whether two numbers of sympy's are near each other for their size; `otherwise` for what is no number."""
    from sympy import Expr, Float

    if not all(isinstance(number, Expr) and number.is_number for number in (one, other)):
        return bool(otherwise())
    one, other = one.doit(), other.doit()
    if one.is_Rational and other.is_Rational:
        return bool(one == other)
    size = max(abs(one.evalf(_DIGITS)), abs(other.evalf(_DIGITS)))
    near = _NEAR_DECIMAL if one.has(Float) or other.has(Float) else _NEAR_EXACT
    return bool(abs((one - other).evalf(_DIGITS)) <= near * size)


if __name__ == "__main__":
    main()
