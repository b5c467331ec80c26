"""When two LaTeX answers are the same by their looks, cheaply and without evaluating anything.

The normal form drops what changes how a formula looks and not what it says; numbers are compared as fractions, and
lists by their parts. What is left undecided is for `symbolic`.
"""

import re
from fractions import Fraction
from math import comb

from cot_distill.grading import intervals, numerals

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
_AS_LATEX = (
    (re.compile(r"(?<=\d)(?:\{,\}|,?\\[!,;]|,\\ )\s?(?=\d{3}(?!\d))"), ""),
    (re.compile(r"(?<![\\a-z])sqrt\s?\(([^()]{1,60})\)|√\s?\(([^()]{1,60})\)|√\s?(\w+)"), r"\\sqrt{\1\2\3}"),
    (re.compile(r"(?<![\\a-z])pi(?![a-z])|π"), r"\\pi "),
    (re.compile(r"\\langle(?![a-z])"), "("),
    (re.compile(r"\\rangle(?![a-z])"), ")"),
    (re.compile(r"\((\d+)\)_"), r"\1_"),
    (re.compile(r"∞|(?<![\\a-z])inf(?:inity)?(?![a-z])", re.I), r"\\infty "),
    (re.compile(r"≤|<="), r"\\le "),
    (re.compile(r"≥|>="), r"\\ge "),
    (re.compile(r"∪"), r"\\cup "),
    (re.compile(r"×|·"), r"\\cdot "),
    (re.compile(r"±"), r"\\pm "),
    (re.compile(r"−|–"), "-"),
    (re.compile(r"²"), "^2"),
    (re.compile(r"³"), "^3"),
    (re.compile(r"\\\\\[\d+\w*\]"), r"\\\\"),
    (re.compile(r"\\pmod\s?(?:\{\w+\}|\w+)|\s*\(?\\?(?:bmod|mod)\s?\w+\)?$"), ""),
    (re.compile(r"\^\{?\\(?:text|mathrm)\{(?:st|nd|rd|th)\}\}?|(?<=\d)(?:st|nd|rd|th)\b"), ""),
    (re.compile(r"\\[dt]?frac\{\\(?:text|mathrm)\{[^{}]*\}\}\{\\(?:text|mathrm)\{[^{}]*\}\}"), ""),
    (re.compile(r"^\s*\\(?:text|mathrm)\{[^{}]*\}\s*=(?=.)|^\s*\(?[a-z](?:,\s*[a-z])+\)?\s*=(?=.)"), ""),
    (re.compile(r"(?<=\S)\s+(?:(?:cubic|square|sq\.?)\s+\w+|units?)\.?$"), ""),
)
_MATRIX = re.compile(
    r"\\begin\{([bp]?)matrix\}(.*?)\\end\{\1matrix\}|\\begin\{array\}\{[^{}]*\}(.*?)\\end\{array\}", re.S
)
_NO_SOLUTION = re.compile(
    r"(?:\\emptyset|\\varnothing|∅|(?:there(?:is|are))?no(?:real)?solutions?|emptyset|theemptyset|\{\}|none)"
)
_WORDS = r"\\(?:text|mbox|mathrm|textbf|mathbf|textit|textnormal|textrm|operatorname)\s*\{"
_LOOKS = (
    (re.compile(r"\\(?:left|right|displaystyle|limits|quad|qquad|big|Big|bigg|Bigg)(?![A-Za-z])|\\[!,;: ]\s?|~"), " "),
    (re.compile(r"\\[dtc]frac(?![a-z])"), r"\\frac"),
    (re.compile(r"(?<=[\d}).\w])\s*" + _WORDS + r"\s*(?!and\b|or\b)[A-Za-z][^{}]*\}(?:\s*\^\s*\{?[23]\}?)?\s*$"), ""),
    (re.compile(_WORDS + r"([^{}]*)\}"), r" \1 "),
    (re.compile(r"\^\s*\{?\s*\\circ\s*\}?|\\degrees?(?![a-z])|°|\s+degrees?\s*$"), ""),
    (re.compile(r"\\?\$|£|€"), ""),
    (re.compile(r"^\s*(?:[a-zA-Z](?:_\d|_\{\w\})?|[a-zA-Z]\([a-z]\))\s*(?:=|\\in(?![a-z])|∈)(?=.)"), ""),
    (re.compile(r"\\(?:approx|sim)(?![a-z])|≈"), ""),
    (re.compile(r"\s*(?:,\s*)?\b(?:and|or)\b\s*(?=[\\\d(\-−+.a-zA-Z])"), ","),
    # A comma behind the first number in brackets parts a pair: (12,102).
    (re.compile(r"(?<=\d)(?<![(\[]\d)(?<![(\[]\d\d)(?<![(\[]\d\d\d),(?=\d{3}(?!\d))"), ""),
    (re.compile(r"\s+"), ""),
    (re.compile(r"\\frac(\d)(\d)"), r"\\frac{\1}{\2}"),
    (re.compile(r"\\frac(\d)\{"), r"\\frac{\1}{"),
    (re.compile(r"\\frac(\{[^{}]*\})(\d)"), r"\\frac\1{\2}"),
    (re.compile(r"\\sqrt(\d)"), r"\\sqrt{\1}"),
    (re.compile(r"√\(([^()]*)\)|√([\w.]+)"), r"\\sqrt{\1\2}"),
    (re.compile(r"\\pi(?![a-z])|π"), r"\\pi"),
    (re.compile(r"\\infty(?![a-z])|∞|infinity"), r"\\infty"),
    (re.compile(r"\+\\infty"), r"\\infty"),
    (re.compile(r"\\(?:cdot|times)(?![a-z])|×|·"), "*"),
    (re.compile(r"\\cup(?![a-z])|∪|\bU\b"), "∪"),
    (re.compile(r"\\leq?(?![a-z])|≤"), "<="),
    (re.compile(r"\\geq?(?![a-z])|≥"), ">="),
    (re.compile(r"−|–"), "-"),
    (re.compile(r"\\([{}])"), r"\1"),
    (re.compile(r"([\^_])\{(\w)\}"), r"\1\2"),
    (re.compile(r"_\{(\d+)\}$"), r"_\1"),
    (re.compile(r"(?<=\d)\*(?=[a-zA-Z\\(])"), ""),
)
_FRACTION = re.compile(r"(-?)(\d{0,18})\\frac\{(-?\d{1,30}(?:\.\d{1,9})?)\}\{(-?\d{1,30})\}")
_REPEATING = re.compile(r"(\d{0,9})\.(\d{0,9})\\overline\{(\d{1,9})\}")
_CHOSEN = re.compile(r"\\[dt]?binom\{(\d{1,2})\}\{(\d{1,2})\}")
_LEADING_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:/\d+)?(?=\s+[A-Za-z]{2,}|\s*$)")
_PLAIN_UNITS = re.compile(r"(?<=[\d}])\s+(?:square\s+|cubic\s+)?[a-z]{2,12}(?:\s+[a-z]{2,10}){0,2}\.?\s*$")
_BASE = re.compile(r"(.+?)_(\d{1,2})")
_OPTION = re.compile(r"\(?([a-z])\)?(?::[^,]*|\)[^,]*)?")
_VARIABLE = re.compile(r"^[a-z]=")
_LONGEST = 1000


def same(one: str, other: str) -> bool | None:
    """Whether two formulas are the same; None where their looks do not decide it."""
    if len(one) > _LONGEST or len(other) > _LONGEST:
        return one == other
    first, second = normal(one), normal(other)
    if first == second or (
        first.endswith("=0") != second.endswith("=0") and first.removesuffix("=0") == second.removesuffix("=0")
    ):
        return True
    if _NO_SOLUTION.fullmatch(first) and _NO_SOLUTION.fullmatch(second):
        return True
    if any(sign in first + second for sign in "<>∪"):
        return _same_union(first, second)
    left, right = value(first), value(second)
    if left is None and right is not None:
        left = _leading(one)
    elif right is None and left is not None:
        right = _leading(other)
    if left is not None and right is not None:
        return _same_value(left, right, one, other)
    bases = [_BASE.fullmatch(text) for text in (first, second)]
    if bases[0] and bases[1] and bases[0][2] != bases[1][2]:
        return False
    for numbered, bare in ((first, second), (second, first)):
        base = _BASE.fullmatch(numbered)
        if base and base[1] == bare:
            return True
    if _is_word(first) and _is_word(second):
        return first == second or (_option(first) is not None and _option(first) == _option(second))
    parts, others = _parts(first), _parts(second)
    if len(parts) > 1 and len(others) > 1:
        return _same_parts(first, second, parts, others)
    return None


def as_latex(text: str) -> str:
    """A formula in LaTeX where it mixes in other notation ("sqrt(2)", "√2", "52 (base 8)"), without marks of units."""
    for pattern, replacement in _AS_LATEX:
        text = pattern.sub(replacement, text)
    return _IN_BASE.sub(lambda match: f"_{_BASES.get((match[1] or match[2]).lower(), match[1] or match[2])}", text)


def with_both_signs(formula: str) -> str:
    r"""A list in which "a \pm b" is written out as a + b and a - b, as a set."""
    if "\\pm" not in formula:
        return formula
    bare = re.sub(r"^\s*[a-z]\s*=|\\[{}]", "", formula)
    parts = [part.replace("\\pm", sign) for part in _parts(bare) for sign in ("+", "-")[: 2 if "\\pm" in part else 1]]
    return rf"\{{{','.join(parts)}\}}"


def _as_rows(match: re.Match[str]) -> str:
    """A matrix as a tuple: of its entries where it is one column or row, else of its rows."""
    rows = [row.split("&") for row in re.split(r"\\\\", match[2] or match[3] or "") if row.strip()]
    if len(rows) == 1 or all(len(row) == 1 for row in rows):
        return f"({','.join(entry for row in rows for entry in row)})"
    return f"({','.join(f'({chr(44).join(row)})' for row in rows)})"


def normal(text: str) -> str:
    """What a formula says, without how it looks."""
    text = as_latex(text)
    text = _MATRIX.sub(_as_rows, text) if "matrix" in text or "{array}" in text else text
    for pattern, replacement in _LOOKS:
        text = pattern.sub(replacement, text)
    return text.rstrip(".,").removesuffix("\\%").removesuffix("%").removesuffix("percent").casefold()


def value(formula: str) -> Fraction | None:
    """The number that a formula in normal form is, or None where it is none."""
    if "\\" in formula:
        if repeating := _REPEATING.fullmatch(formula):
            whole, digits, period = repeating.groups()
            scale = 10 ** len(digits)
            return (
                int(whole or 0)
                + Fraction(int(digits or 0), scale)
                + Fraction(int(period), scale * (10 ** len(period) - 1))
            )
        if chosen := _CHOSEN.fullmatch(formula):
            return Fraction(comb(int(chosen[1]), int(chosen[2])))
    match = _FRACTION.fullmatch(formula)
    if match:
        if int(match[4]) == 0:
            return None
        found = int(match[2] or 0) + Fraction(match[3]) / int(match[4])
        return -found if match[1] else found
    if formula.startswith("(") and formula.endswith(")"):
        return None
    plain = numerals.canonical(formula.removeprefix("{").removesuffix("}"))
    return None if plain is None or ":" in formula else Fraction(plain)


def _same_value(left: Fraction, right: Fraction, one: str, other: str) -> bool:
    if left == right:
        return True
    percent = ["%" in text or "percent" in text for text in (one, other)]
    if percent == [True, False]:
        return left / 100 == right
    if percent == [False, True]:
        return left == right / 100
    return abs(left - right) <= Fraction(1, 10**6) and (left.denominator > 10**5 or right.denominator > 10**5)


def _leading(text: str) -> Fraction | None:
    """The number that words follow ("12 square units"), or that stands in words."""
    if not any(map(str.isdigit, text)) and "\\" not in text:
        worded = numerals.in_words(text)
        return Fraction(worded[2]) if worded and worded[0] == 0 and not text[worded[1] :].strip(" .") else None
    match = _LEADING_NUMBER.match(re.sub(_WORDS + r"([^{}]*)\}", r" \1", text).strip().lstrip("$\\ "))
    if match:
        plain = numerals.canonical(match[0])
        return None if plain is None else Fraction(plain)
    shorter = _PLAIN_UNITS.sub("", text)
    return value(normal(shorter)) if shorter != text else None


def _is_word(formula: str) -> bool:
    return (formula.isalpha() and len(formula) > 2) or _OPTION.fullmatch(formula) is not None


def _option(formula: str) -> str | None:
    match = _OPTION.fullmatch(formula)
    return match[1] if match else None


def _parts(formula: str) -> list[str]:
    """The parts of a list at its top level, brackets around the whole left out."""
    if formula[:1] + formula[-1:] in ("()", "[]", "{}", "(]", "[)"):
        formula = formula[1:-1]
    parts, depth, begin = [], 0, 0
    for index, character in enumerate(formula):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(formula[begin:index])
            begin = index + 1
    return [*parts, formula[begin:]]


def _same_parts(first: str, second: str, parts: list[str], others: list[str]) -> bool | None:
    brackets = [text[:1] + text[-1:] if text[:1] in "([{" and text[-1:] in ")]}" else "" for text in (first, second)]
    ordered = any(bracket in ("()", "[]", "(]", "[)") for bracket in brackets)
    if ordered and brackets[0] and brackets[1] and brackets[0] != brackets[1]:
        return False  # an open interval is no closed one
    if len(parts) != len(others):
        return None if "\\pm" in first + second else False
    if not ordered:
        parts, others = ([_VARIABLE.sub("", part) for part in side] for side in (parts, others))
        parts, others = sorted(parts, key=_sort_key), sorted(others, key=_sort_key)
    verdicts = [_same_part(part, other) for part, other in zip(parts, others, strict=True)]
    if all(verdicts):
        return True
    return None if None in verdicts else False


def _same_union(first: str, second: str) -> bool | None:
    """Whether two unions of intervals, or inequalities that say them, are the same; None where one is neither."""
    unions = [sorted((intervals.as_intervals(formula) or formula).split("∪")) for formula in (first, second)]
    if unions[0] == unions[1]:
        return True
    if any("<" in part or ">" in part for union in unions for part in union) or len(unions[0]) != len(unions[1]):
        return None
    verdicts = [_same_part(part, other) for part, other in zip(*unions, strict=True)]
    return True if all(verdicts) else None


def _same_part(part: str, other: str) -> bool | None:
    part, other = (_VARIABLE.sub("", text) for text in (part, other))
    if part == other:
        return True
    parts, others = _parts(part), _parts(other)
    if len(parts) > 1 and len(others) > 1:
        return _same_parts(part, other, parts, others)
    left, right = value(part), value(other)
    return left == right if left is not None and right is not None else None


def _sort_key(part: str) -> tuple[bool, Fraction, str]:
    found = value(part)
    return found is None, found or Fraction(0), part
