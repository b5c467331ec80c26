r"""What a formula without unknowns comes to, exactly: `2^{10}`, `\sqrt{49}`, `3\cdot5`, `10^{-3}`, `\frac{3}{4}`, `5!`.

The formula is written as a Python expression, whose syntax tree is walked; nothing is evaluated by Python. Values are
fractions, and a root that is none has no value here. Length, exponents and digits are bounded.
"""

import ast
import re
from fractions import Fraction
from math import comb, factorial, isqrt

_LONGEST, _MOST_BITS, _LARGEST = 200, 4096, 170
_AS_PYTHON = (
    (r"\\(?:left|right|displaystyle|[,;:! ()\[\]])(?![a-zA-Z])|\$", ""),
    (r"\\[dtc]frac", r"\\frac"),
    (r"×|·|⋅|\\cdot|\\times", "*"),
    (r"÷|\\div", "/"),
    (r"−", "-"),
    (r"√", r"\\sqrt"),
    (r"\\frac\s*(\d)\s*(?=[\d{])", r"\\frac{\1}"),
    (r"(\\frac\{[^{}]*\})\s*(\d)", r"\1{\2}"),
    (r"\\sqrt\s*(\d+)", r"\\sqrt{\1}"),
    (r"\\sqrt\s*\(([^()]*)\)", r"\\sqrt{\1}"),
)
_RULES = tuple((re.compile(pattern), replacement) for pattern, replacement in _AS_PYTHON)
_INNERMOST = re.compile(
    r"(\d)?\s*\\(frac|d?binom)\s*\{([^{}\\]*)\}\s*\{([^{}\\]*)\}|\\sqrt\s*\{([^{}\\]*)\}|\^\s*\{([^{}\\]*)\}"
)
_FACTORIAL = re.compile(r"(?<![\d.])(\d{1,3})!(?![!=])")
_ALLOWED = re.compile(r"(?:\d+\.?\d*(?:e[-+]?\d+)?(?![\w.])|\.\d+(?!\w)|[+\-*/()\s,]|(?:sqrt|factorial|comb)\()*")


def value(formula: str) -> Fraction | None:
    r"""What a closed form comes to, or None where it is none, has no rational value or is too large.

    >>> str(value(r"\frac{3}{2^{2}}")), str(value(r"\sqrt{49}")), value(r"7\pi"), value(r"\sqrt{2}")
    ('3/4', '7', None, None)
    """
    if len(formula) > _LONGEST:
        return None
    for pattern, replacement in _RULES:
        formula = pattern.sub(replacement, formula)
    for _ in range(20):
        formula, found = _INNERMOST.subn(_written, formula)
        if not found:
            break
    formula = _FACTORIAL.sub(r" factorial(\1)", formula).replace("{", "(").replace("}", ")").replace("^", "**")
    formula = re.sub(r"(?<=[\d)])\s*(?=\(|[fs][aq])", "*", formula.strip())
    if not _ALLOWED.fullmatch(formula):
        return None
    try:
        return _walk(ast.parse(formula, mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, MemoryError):
        return None


def _written(match: re.Match[str]) -> str:
    whole, name, above, below, root, power = match.groups()
    if root is not None:
        return f" sqrt({root})"
    if power is not None:
        return f"^({power})"
    if name != "frac":
        return f"{whole or ''} comb({above},{below})"
    return f"{whole}+({above})/({below})" if whole else f"(({above})/({below}))"  # a mixed number: 2\frac12


def _walk(node: ast.expr) -> Fraction:
    """The value of a syntax tree of numbers and signs; raises ValueError for any other, and for too large a one."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return _bounded(Fraction(ast.unparse(node)))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return -_walk(node.operand) if isinstance(node.op, ast.USub) else _walk(node.operand)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _called(node.func.id, [_walk(one) for one in node.args])
    if not isinstance(node, ast.BinOp):
        raise ValueError("no closed form")
    left, right = _walk(node.left), _walk(node.right)
    if isinstance(node.op, ast.Pow):
        if right.denominator == 2:
            left, right = _called("sqrt", [left]), right * 2
        bits = max(left.numerator.bit_length(), left.denominator.bit_length())
        if right.denominator != 1 or abs(right) * bits > _MOST_BITS:
            raise ValueError("too large a power")
        return Fraction(left ** int(right))
    signs = {ast.Add: left.__add__, ast.Sub: left.__sub__, ast.Mult: left.__mul__, ast.Div: left.__truediv__}
    if type(node.op) not in signs:
        raise ValueError("no sign of arithmetic")
    return _bounded(Fraction(signs[type(node.op)](right)))


def _called(name: str, given: list[Fraction]) -> Fraction:
    numbers = [int(one) for one in given if one.denominator == 1 and one >= 0]
    if name == "sqrt" and len(given) == 1 and given[0] >= 0:
        roots = [isqrt(part) for part in (given[0].numerator, given[0].denominator)]
        if Fraction(roots[0], roots[1]) ** 2 == given[0]:
            return Fraction(roots[0], roots[1])
    elif name == "factorial" and len(numbers) == 1 and numbers[0] <= _LARGEST:
        return Fraction(factorial(numbers[0]))
    elif name == "comb" and len(numbers) == 2 and max(numbers) <= _LARGEST:
        return Fraction(comb(*numbers))
    raise ValueError("no value")


def _bounded(number: Fraction) -> Fraction:
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > _MOST_BITS:
        raise ValueError("too large a number")
    return number
