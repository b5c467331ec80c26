"""When two LaTeX answers are the same by their looks, cheaply and without evaluating what is no closed form.

The normal form drops what changes how a formula looks and not what it says; numbers are compared as fractions, lists
by their parts, words as text. What is left undecided is for `symbolic`.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

from cot_distill.grading import arithmetic, numerals, text

_BASES = dict(
    zip(
        "two three four five six seven eight nine ten eleven twelve sixteen".split(),
        map(str, [*range(2, 13), 16]),
        strict=True,
    )
)
_IN_BASE = re.compile(
    rf"_\{{?\s*\\(?:text|mathrm|mbox)\{{\s*(?:base\s*)?({'|'.join(_BASES)}|\d{{1,2}})\s*\}}\s*\}}?"
    rf"|\s*(?:\\(?:text|mathrm)\{{\s*)?\(?\s*(?:in\s+)?base[\s-]+({'|'.join(_BASES)}|\d{{1,2}})\)?\s*\}}?",
    re.I,
)
_WORDS = r"\\(?:text|mbox|mathrm|textbf|mathbf|textit|textnormal|textrm|operatorname)\s*\{"
_AS_LATEX = (
    (r"(?<=\d)(?:\{,\}|,?\\[!,;]|,\\ )\s?(?=\d{3}(?!\d))", ""),
    (r"(?<=\d)[eE]([-+]?\d{1,3})(?!\w)", r"\\cdot 10^{\1}"),
    (r"(?<![\\a-z])exp\s?\(([^()]{1,60})\)|\\exp\s?\(([^()]{1,60})\)", r"e^{\1\2}"),
    (r"(?<![\\a-z])(?:sqrt|√)\s?\(([^()]{1,60})\)|√\s?(\w+)", r"\\sqrt{\1\2}"),
    (r"(?<![\\a-z])(pi|sin|cos|tan|ln|log)(?![a-z])", r"\\\1 "),
    (r"π", r"\\pi "),
    (r"\\langle(?![a-z])", "("),
    (r"\\rangle(?![a-z])", ")"),
    (r"\((\d+)\)_", r"\1_"),
    (r"∞|(?<![\\a-z])inf(?:inity)?(?![a-z])", r"\\infty "),
    (r"^\s*(0|\d{4,}),(\d+)\s*$", r"\1.\2"),
    (r"!=|≠", r"\\ne "),
    (r"≤|<=", r"\\le "),
    (r"≥|>=", r"\\ge "),
    (r"∪|(?<=[)\]])\s*U\s*(?=[(\[])", r"\\cup "),
    (r"×|·|⋅", r"\\cdot "),
    (r"±", r"\\pm "),
    (r"−|–", "-"),
    (r"\+\s*-", "-"),
    (r"(?<=\d)i(?![a-z])", " i"),
    (r"²", "^2"),
    (r"³", "^3"),
    (r"\\\\\[\d+\w*\]", r"\\\\"),
    (r"\\pmod\s?(?:\{\w+\}|\w+)|\s*\(?\\?(?:bmod|mod)\s?\w+\)?$", ""),
    (r"\^\{?\\(?:text|mathrm)\{(?:st|nd|rd|th)\}\}?|(?<=\d)(?:st|nd|rd|th)\b", ""),
    (r"^\s*\\(?:text|mathrm)\{[^{}]*\}\s*=(?=.)|^\s*\(?[a-z](?:,\s*[a-z])+\)?\s*=(?=.)", ""),
    (r"(?<=\S)\s+(?:(?:cubic|square|sq\.?)\s+\w+|units?)\.?$", ""),
)
_LOOKS = (
    (r"\\(?:left|right|displaystyle|limits|quad|qquad|big|Big|bigg|Bigg)(?![A-Za-z])|\\[!,;: ]\s?|~", " "),
    (r"\\[dtc]frac(?![a-z])", r"\\frac"),
    (r"(?<=[\d}).\w])\s*" + _WORDS + r"\s*(?!and\b|or\b)[A-Za-z][^{}]*\}(?:\s*\^\s*\{?[23]\}?)?\s*$", ""),
    (_WORDS + r"([^{}]*)\}", r" \1 "),
    (r"\^\s*\{?\s*\\circ\s*\}?|\\degrees?(?![a-z])|°|\s+degrees?\s*$", ""),
    (r"\\?\$|£|€", ""),
    (r"^\s*(?:[a-zA-Z](?:_\d|_\{\w\})?|[a-zA-Z]\([a-z]\))\s*(?:=|\\in(?![a-z])|∈)(?=.)", ""),
    (r"\\(?:approx|sim)(?![a-z])|≈", ""),
    (r"\s*(?:[,;]\s*)?\b(?:and|or)\b\s*(?=[\\\d(\-+.a-zA-Z])", ","),
    (r"(?<=\d)(?<![(\[]\d)(?<![(\[]\d\d)(?<![(\[]\d\d\d),(?=\d{3}(?!\d))", ""),  # (12,102) is a pair
    (r"([ap])\.\s?m\.?", r"\1m"),
    (r"(?<=\d)\s*(?:[ckm]m|ft|in|yd|m(?=\^))(?:\^\{?[23]\}?)?$", ""),
    (r"\s+", ""),
    (r"\\frac(\d)(\d)", r"\\frac{\1}{\2}"),
    (r"\\frac(\d)\{", r"\\frac{\1}{"),
    (r"\\frac(\{[^{}]*\})(\d)", r"\\frac\1{\2}"),
    (r"\\sqrt(\d)", r"\\sqrt{\1}"),
    (r"\+\\infty", r"\\infty"),
    (r"\\(?:cdot|times)(?![a-z])", "*"),
    (r"\\cup(?![a-z])", "∪"),
    (r"\\leq?(?![a-z])", "<="),
    (r"\\geq?(?![a-z])", ">="),
    (r"\\([{}])", r"\1"),
    (r"([\^_])\{(\w)\}", r"\1\2"),
    (r"_\{(\d+)\}$", r"_\1"),
    (r"(?<=\d)\*(?=[a-zA-Z\\(])(?!\\frac|\*10)", ""),
    (r";", ","),
)
_AS_LATEX_RULES = tuple((re.compile(pattern), replacement) for pattern, replacement in _AS_LATEX)
_LOOKS_RULES = tuple((re.compile(pattern), replacement) for pattern, replacement in _LOOKS)
_MATRIX = re.compile(
    r"\\begin\{([bp]?)matrix\}(.*?)\\end\{\1matrix\}|\\begin\{array\}\{[^{}]*\}(.*?)\\end\{array\}", re.S
)
_NO_SOLUTION = re.compile(
    r"\\emptyset|\\varnothing|∅|(?:there(?:is|are))?no(?:real)?solutions?|(?:the)?empty\s?set|\{\}|none"
)
_REPEATING = re.compile(
    r"(\d{0,9})\.(\d{0,9})\\(?:overline|dot)\{?(\d{1,9})\}?|(\d{0,9})\.(\d{0,9}?)(\d{1,6})\6+(?:\\[lc]?dots|…|\.\.\.)"
)
_PERCENT = re.compile(r"\\?%|percent")
_LEADING_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:/\d+)?(?=\s+[A-Za-z]{2,}|\s*$)")
_BASE = re.compile(r"(.+?)_(\d{1,2})")
_OPTION = re.compile(r"\(?([a-z])\)?(?::[^,]*|\)[^,]*)?")
_VARIABLE = re.compile(r"^[a-z]\w?=")
_PROSE = re.compile(r"[A-Za-z][A-Za-z .'-]*[A-Za-z.]")
_LONGEST = 1000
_EXACT_TO = Fraction(1, 10**6)
"""How near, relative to its size, a written decimal must come to a value that no decimal writes out."""


def same(one: str, other: str) -> bool | None:
    r"""Whether two formulas are the same; None where their looks do not decide it.

    >>> same(r"\dfrac{1}{2}", "0.5"), same("(1,2)", "(2,1)"), same("x+1", "1+x")
    (True, False, None)
    """
    if len(one) > _LONGEST or len(other) > _LONGEST:
        return one == other
    first, second = normal(one), normal(other)
    if first == second or (_NO_SOLUTION.fullmatch(first) and _NO_SOLUTION.fullmatch(second)):
        return True
    if first.endswith("=0") != second.endswith("=0") and first.removesuffix("=0") == second.removesuffix("=0"):
        return True
    if any(sign in first + second for sign in "<>∪"):
        return None
    left, right = value(first), value(second)
    left = _leading(one) if left is None and right is not None else left
    right = _leading(other) if right is None and left is not None else right
    if left is not None and right is not None:
        return _same_value(left, right, one, other)
    bases = [_BASE.fullmatch(formula) for formula in (first, second)]
    if any(bases) and "x" not in first:
        numbers = [base[1] if base else formula for base, formula in zip(bases, (first, second), strict=True)]
        return numbers[0] == numbers[1] and not (bases[0] and bases[1] and bases[0][2] != bases[1][2])
    if _OPTION.fullmatch(first) and _OPTION.fullmatch(second):
        return _option(first) == _option(second)
    if _PROSE.fullmatch(one) and _PROSE.fullmatch(other) and max(len(one), len(other)) > 2:
        return _same_words(one, other)
    parts, others = _parts(first), _parts(second)
    return _same_parts(first, second, parts, others) if len(parts) > 1 and len(others) > 1 else None


def as_latex(formula: str) -> str:
    """A formula in LaTeX where it mixes in other notation ("sqrt(2)", "√2", "52 (base 8)"), without marks of units."""
    for pattern, replacement in _AS_LATEX_RULES:
        formula = pattern.sub(replacement, formula)
    return _IN_BASE.sub(lambda match: f"_{_BASES.get((match[1] or match[2]).lower(), match[1] or match[2])}", formula)


def with_both_signs(formula: str) -> str:
    r"""A list in which "a \pm b" is written out as a + b and a - b, as a set."""
    if "\\pm" not in formula:
        return formula
    bare = re.sub(r"^\s*[a-z]\s*=|\\[{}]", "", formula)
    parts = [part.replace("\\pm", sign) for part in _parts(bare) for sign in ("+", "-")[: 2 if "\\pm" in part else 1]]
    return rf"\{{{','.join(parts)}\}}"


def normal(formula: str) -> str:
    """What a formula says, without how it looks."""
    formula = as_latex(formula)
    formula = _MATRIX.sub(_as_rows, formula) if "matrix" in formula or "{array}" in formula else formula
    for pattern, replacement in _LOOKS_RULES:
        formula = pattern.sub(replacement, formula)
    return _PERCENT.sub("", formula.rstrip(".,")).casefold()


def value(formula: str) -> Fraction | None:
    """The number that a formula in normal form is, or None where it is none."""
    if repeating := _REPEATING.fullmatch(formula):
        whole, digits, period = repeating.groups()[:3] if repeating[3] else repeating.groups()[3:]
        scale = 10 ** len(digits or "")
        return int(whole or 0) + Fraction(int(digits or 0), scale) + Fraction(int(period), scale * (10 ** len(period) - 1))
    if formula.startswith(("(", "[")) or ":" in formula or "," in formula:
        return None
    plain = numerals.canonical(formula.removeprefix("{").removesuffix("}")) if formula.count("{") < 2 else None
    return arithmetic.value(formula) if plain is None else Fraction(plain)


def _as_rows(match: re.Match[str]) -> str:
    """A matrix as a tuple: of its entries where it is one column or row, else of its rows."""
    rows = [row.split("&") for row in re.split(r"\\\\", match[2] or match[3] or "") if row.strip()]
    if len(rows) == 1 or all(len(row) == 1 for row in rows):
        return f"({','.join(entry for row in rows for entry in row)})"
    return f"({','.join(f'({chr(44).join(row)})' for row in rows)})"


def _same_value(left: Fraction, right: Fraction, one: str, other: str) -> bool:
    percent = [_PERCENT.search(formula) is not None for formula in (one, other)]
    if left == right or (percent[0] != percent[1] and (left / 100 == right if percent[0] else left == right / 100)):
        return True
    written = [number for number in (left, right) if 10**30 % number.denominator == 0]
    return len(written) == 1 and abs(left - right) <= _EXACT_TO * abs(left)


def _leading(formula: str) -> Fraction | None:
    """The number that words follow ("12 square units"), or that stands in words."""
    if not any(map(str.isdigit, formula)) and "\\" not in formula:
        worded = numerals.in_words(formula)
        return Fraction(worded[2]) if worded and worded[0] == 0 and not formula[worded[1] :].strip(" .") else None
    match = _LEADING_NUMBER.match(re.sub(_WORDS + r"([^{}]*)\}", r" \1", formula).strip().lstrip("$\\ "))
    plain = numerals.canonical(match[0]) if match else None
    return None if plain is None else Fraction(plain)


def _option(formula: str) -> str | None:
    match = _OPTION.fullmatch(formula)
    return match[1] if match else None


def _same_words(one: str, other: str) -> bool:
    """Whether an answer in words is gold's; a person goes by the last name too."""
    if text.equal(one, other):
        return True
    names = sorted((one.split(), other.split()), key=len)
    return len(names[0]) == 1 and names[0][0] == names[1][-1] and all(name.istitle() for name in names[0] + names[1])


def split_outside(formula: str, sign: str) -> list[str]:
    """The parts of a formula between the signs that no brackets hold."""
    parts, depth, begin = [], 0, 0
    for index, character in enumerate(formula):
        depth += (character in "([{") - (character in ")]}")
        if character == sign and depth == 0:
            parts.append(formula[begin:index])
            begin = index + 1
    return [*parts, formula[begin:]]


def _brackets(formula: str) -> str:
    """The two brackets that hold a whole formula, else nothing: those of "(1,2),(3,4)" do not."""
    depth = 0
    for index, character in enumerate(formula):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            return formula[0] + formula[-1] if 0 < index == len(formula) - 1 else ""
    return ""


def _parts(formula: str) -> list[str]:
    """The parts of a list, brackets around the whole left out."""
    return split_outside(formula[1:-1] if _brackets(formula) else formula, ",")


def _same_parts(first: str, second: str, parts: Sequence[str], others: Sequence[str]) -> bool | None:
    """Whether two lists have the same parts: in their order where both have brackets in which order counts."""
    brackets = [_brackets(formula).strip("{}") for formula in (first, second)]
    if all(brackets) and brackets[0] != brackets[1]:
        return False  # an open interval is no closed one
    if not any(brackets):
        parts, others = (sorted({_VARIABLE.sub("", part) for part in side}, key=_sort_key) for side in (parts, others))
    if len(parts) != len(others):
        return None if "\\pm" in first + second else False
    verdicts = [_same_part(part, other) for part, other in zip(parts, others, strict=True)]
    if all(verdicts):
        return True
    return None if None in verdicts else False


def _same_part(part: str, other: str) -> bool | None:
    part, other = (_VARIABLE.sub("", one) for one in (part, other))
    if part == other:
        return True
    parts, others = _parts(part), _parts(other)
    if len(parts) > 1 and len(others) > 1:
        return _same_parts(part, other, parts, others)
    left, right = value(part), value(other)
    return _same_value(left, right, "", "") if left is not None and right is not None else None


def _sort_key(part: str) -> tuple[bool, Fraction, str]:
    found = value(part)
    return found is None, found or Fraction(0), part
