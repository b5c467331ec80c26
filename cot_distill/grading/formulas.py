"""Compares two LaTeX answers by their notation: fast, and without algebra.

The normal form drops all that changes only the look of a formula. Numbers are compared as fractions, words as text.
Pairs that this cannot decide (lists, sets, intervals, unknowns) go to `symbolic`, in the notation of `as_latex`.
"""

import re
from fractions import Fraction

from cot_distill.grading import numerals, quantities, text

_WORDS = r"\\(?:text|mbox|mathrm|textbf|mathbf|textit|textnormal|textrm|operatorname)\s*\{"
_SIGNS = str.maketrans(
    dict(zip("−–²³≠≤≥", ("-", "-", "^2", "^3", "!=", "<=", ">="), strict=True))
    | dict(zip("π∞∪×·±√", (rf"\{name} " for name in "pi infty cup cdot cdot pm sqrt".split()), strict=True))
)
_AS_LATEX = (
    (_WORDS + r"\s*(\d{1,2}:\d\d[^{}]*)\}", r"\1"),
    (r"(?<=\d)(?:\{,\}|,?\\[!,;]|,\\ )\s?(?=\d{3}(?!\d))", ""),
    (r"^\s*(\d{1,6})\s+(\d{1,6}/\d{1,6})\s*$", r"\1+\2"),
    (r"^\s*(0|\d{4,}),(\d+)\s*$", r"\1.\2"),
    (r"(?<=\d)\{?:\}?(?=\d\d)", ":"),
    (r"(?:\\(?:text|mathrm)\s?\{)?\s*\b([apAP])\.?\s?[mM]\b\.?\}?\.?", r"\1m"),
    (r"\\?(?<![a-z])exp\s?\(([^()]{1,60})\)", r"e^{\1}"),
    (r"(?<![\\a-z])(pi|sin|cos|tan|ln|log)(?![a-z])", r"\\\1 "),
    (r"(?<=\d)[eE]([-+]?\d{1,3})(?!\w)", r"\\cdot 10^{\1}"),
    (r"(?<=\d)i(?![a-z])", " i"),
    (r"\\pmod\s?(?:\{\w+\}|\w+)|\s*\(?\\?(?:bmod|mod)\s?\w+\)?$", ""),
    (r"\\begin\{([bp]?)matrix\}([^&]*?)\\end\{\1matrix\}", lambda match: f"({match[2].replace(chr(92) * 2, ',')})"),
    (r"^\\?\{\s*[a-z]\s*(?:\\mid|\||:)\s*(.*?)\\?\}$", r"\1"),
    (r"_\{?\s*\\(?:text|mathrm)\{(?:base\s*)?(\d+)\}\s*\}?", r"_\1"),
    (r"\s*(?:\\text\{\s*)?\(?(?:in\s+)?base[\s-]+(\d+)\)?\s*\}?", r"_\1"),
    (r"(?<=\d)\s*(?:(?:cubic|square|sq\.?)\s+\w+|units?|(?:[ckm]m|ft|in|yd|m(?=\^))(?:\^\{?[23]\}?)?)\.?$", ""),
)
_LOOKS = (
    (r"\\(?:left|right|displaystyle|limits|q?quad|[bB]igg?)(?![A-Za-z])|\\[!,;: ]\s?|~", " "),
    (r"\\[dtc]frac(?![a-z])", r"\\frac"),
    (r"(?<=[\d}).\w])\s*" + _WORDS + r"\s*(?!and\b|or\b)[A-Za-z][^{}]*\}(?:\s*\^\s*\{?[23]\}?)?\s*$", ""),
    (_WORDS + r"([^{}]*)\}", r" \1 "),
    (r"\^\s*\{?\s*\\circ\s*\}?|\\degrees?(?![a-z])|°|\s+degrees?\s*$|\\?\$|£|€|\\(?:approx|sim)(?![a-z])|≈", ""),
    (r"^\s*(?:[a-zA-Z](?:_\d|_\{\w\})?|[a-zA-Z]\([a-z]\))\s*(?:=|\\in(?![a-z])|∈)(?=.)", ""),
    (r"(?<=\d)(?<![(\[]\d)(?<![(\[]\d\d)(?<![(\[]\d\d\d),(?=\d{3}(?!\d))", ""),  # (12,102) is a pair
    (r"^\s*\(?([A-Z])\)?[.:)]\s+\S.*$", r"\1"),  # a choice with its text
    (r"\s+", ""),
)
_AS_LATEX_RULES, _LOOKS_RULES = (
    tuple((re.compile(pattern), replacement) for pattern, replacement in rules) for rules in (_AS_LATEX, _LOOKS)
)
_NO_SOLUTION = re.compile(r"\\emptyset|\\varnothing|∅|(?:thereare)?no(?:real)?solutions?|(?:the)?emptyset|\{\}|none")
_REPEATING = re.compile(
    r"(\d{0,9})\.(\d{0,9})\\(?:overline|dot)\{?(\d{1,9})\}?|(\d{0,9})\.(\d{0,9}?)(\d{1,6})\6+(?:\\[lc]?dots|…)"
)
_PERCENT = re.compile(r"\\?%|percent")
_NUMBER_OF_WORDS = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:/\d+)?(?=\s+[A-Za-z]{2,}|\s*$)")
_BASE = re.compile(r"_\{?(\d{1,2})\}?$")
_PROSE = re.compile(r"[A-Za-z][A-Za-z .'-]*[A-Za-z.]")
_LONGEST = 1000
_EXACT_TO = Fraction(1, 500_000)
"""The relative tolerance between a decimal and a value that has no finite decimal."""


def same(one: str, other: str) -> bool | None:
    r"""Whether an answer and gold are the same; None if their notation does not decide it.

    >>> same(r"\dfrac{1}{2}", "0.5"), same("7", "8"), same("x+1", "1+x")
    (True, False, None)
    """
    if len(one) > _LONGEST or len(other) > _LONGEST:
        return one == other
    if (told := quantities.told(one)) and not quantities.told(other):
        return any(same(f"{number} {unit}", other) for number, unit in told)
    first, second = normal(one), normal(other)
    if first == second or (_NO_SOLUTION.fullmatch(first) and _NO_SOLUTION.fullmatch(second)):
        return True
    if re.search(r"\d:\d", first) and re.search(r"\d:\d", second):
        return False  # times and ratios
    if len({base[1] for formula in (first, second) if (base := _BASE.search(formula))}) > 1:
        return False  # 52_8 and 52_7; math-verify ignores the bases
    left, right = value(first), value(second)
    left = _of_words(one) if left is None and right is not None else left
    right = _of_words(other) if right is None and left is not None else right
    if left is not None and right is not None:
        return _same_value(left, right, one, other)
    return _same_words(one, other) if _PROSE.fullmatch(one) and _PROSE.fullmatch(other) else None


def as_latex(formula: str) -> str:
    """A formula with other notation ("sqrt(2)", "√2", "52 (base 8)") turned into LaTeX, without marks of units."""
    formula = formula if formula.isascii() else formula.translate(_SIGNS)
    for pattern, replacement in _AS_LATEX_RULES:
        formula = pattern.sub(replacement, formula)
    return formula


def normal(formula: str) -> str:
    """The normal form of a formula."""
    formula = as_latex(formula)
    for pattern, replacement in _LOOKS_RULES:
        formula = pattern.sub(replacement, formula)
    return _PERCENT.sub("", formula.rstrip(".,")).casefold()


def value(formula: str) -> Fraction | None:
    """The value of a formula in normal form; None if it is not a number."""
    if repeating := _REPEATING.fullmatch(formula):
        whole, digits, period = repeating.groups()[:3] if repeating[3] else repeating.groups()[3:]
        return Fraction(f"{whole or 0}.{digits}0") + Fraction(int(period), 10 ** len(digits) * (10 ** len(period) - 1))
    if formula.startswith(("(", "[")) or ":" in formula or "," in formula:
        return None
    plain = numerals.canonical(formula if formula.count("{") > 1 else formula.strip("{}"))
    return None if plain is None else Fraction(plain)


def as_set(one: str, other: str) -> str:
    """A list in square brackets turned into a set, if the other formula has braces or no brackets."""
    bare = one.strip()
    is_list = bare[:1] == "[" and bare[-1:] == "]" and "," in other and not re.search(r"[\[(]", other)
    return rf"\{{{bare[1:-1]}\}}" if is_list else one


def _same_value(left: Fraction, right: Fraction, one: str, other: str) -> bool:
    percent = [_PERCENT.search(formula) is not None for formula in (one, other)]
    if left == right or (percent[0] != percent[1] and (left / 100 == right if percent[0] else left == right / 100)):
        return True
    written = [number for number in (left, right) if 10**30 % number.denominator == 0]
    return len(written) == 1 and abs(left - right) <= _EXACT_TO * abs(left)


def _of_words(formula: str) -> Fraction | None:
    """The number before words: 12 of "12 square units"."""
    match = _NUMBER_OF_WORDS.match(re.sub(_WORDS + r"([^{}]*)\}", r" \1", formula).strip().lstrip("$\\ "))
    plain = numerals.canonical(match[0]) if match else None
    return None if plain is None else Fraction(plain)


def _same_words(one: str, other: str) -> bool:
    """Whether an answer in words equals gold. A person's last name is enough."""
    short, long = sorted((one.split(), other.split()), key=len)
    return text.words(one) == text.words(other) or (
        len(short) == 1 and short[0] == long[-1] and all(map(str.istitle, long))
    )
