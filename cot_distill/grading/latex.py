"""Reading a LaTeX answer from a completion, and comparing two by their normal form and value.

The normal form drops what changes how a formula looks and not what it says; numbers are compared as fractions.
Nothing is evaluated.
"""

import re
from collections.abc import Callable
from fractions import Fraction

from cot_distill.grading import number, spans

_LONGEST = 2000
_MATHS = re.compile(r"\$\$?(.{1,400}?)\$\$?|\\\((.{1,400}?)\\\)|\\\[(.{1,400}?)\\\]", re.S)
_LOOKS = (
    (re.compile(r"\\(?:left|right|displaystyle|limits|!|,|;|:|quad|qquad)(?![A-Za-z])"), ""),
    (re.compile(r"\\[dtc]frac(?![a-z])"), r"\\frac"),
    (re.compile(r"\\(?:text|mbox|mathrm|textbf|mathbf|textit|textnormal)\s*\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\^\s*\{?\s*\\circ\s*\}?|\\degrees?(?![a-z])|°"), ""),
    (re.compile(r"\\?[%$]"), ""),
    (re.compile(r"\\ "), ""),
    (re.compile(r"\s+"), ""),
    (re.compile(r"(?<=\d)(?:\{,\}|,)(?=\d{3}(?!\d))"), ""),
    (re.compile(r"\\frac(\d)(\d)"), r"\\frac{\1}{\2}"),
    (re.compile(r"\\frac(\d)\{"), r"\\frac{\1}{"),
    (re.compile(r"\\frac(\{[^{}]*\})(\d)"), r"\\frac\1{\2}"),
    (re.compile(r"\\sqrt(\d)"), r"\\sqrt{\1}"),
    (re.compile(r"^[a-zA-Z]=(?=.)"), ""),
    (re.compile(r"\\(?:approx|sim)"), ""),
    (re.compile(r"\\pi(?![a-z])|π"), "pi"),
    (re.compile(r"\\(?:cdot|times)(?![a-z])|×|·"), "*"),
    (re.compile(r"\\sqrt\{([^{}]*)\}|√\(?([\w.]+)\)?"), r"sqrt(\1\2)"),
)
_FRACTION = re.compile(r"(-?)(\d{0,18})\\frac\{(-?\d{1,30})\}\{(-?\d{1,30})\}$")
_LEADING_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?=\s+[A-Za-z]{2,}|$)")
_WORDS = re.compile(r"\\(?:text|mbox|mathrm)\s*\{([^{}]*)\}")


def read(text: str) -> tuple[str, str] | None:
    """The LaTeX that a completion states, and the name of the step that read it."""
    kept = spans.before_over_generation(text)
    for step in STEPS:
        found = step(kept)
        if found is not None:
            return found, step.__name__
    return None


def answer_sentence(text: str) -> str | None:
    """The last "the answer is …", to the end of its line."""
    return next((found for said in spans.stated(spans.SENTENCE, text) if (found := canonical(said))), None)


def boxed(text: str) -> str | None:
    r"""The last balanced `\\boxed{…}`."""
    inside = spans.last_boxed(text)
    return canonical(inside) if inside else None


def answer_label(text: str) -> str | None:
    """The last "Answer: …"."""
    return next((found for said in spans.stated(spans.LABEL, text) if (found := canonical(said))), None)


def last_formula(text: str) -> str | None:
    """The last formula between dollars or brackets; after an equation, what stands behind its last `=`."""
    formulas = [next(filter(None, match.groups())) for match in _MATHS.finditer(text)]
    return canonical(formulas[-1].rpartition("=")[2]) if formulas else None


def last_number(text: str) -> str | None:
    """The last number of the whole text."""
    return number.last_number(text)


STEPS: tuple[Callable[[str], str | None], ...] = (answer_sentence, boxed, answer_label, last_formula, last_number)


def canonical(text: str) -> str | None:
    """The formula without its dollars, box and closing period, or None where nothing is left or it is too long."""
    said = text.strip().strip("*").strip()
    inside = spans.last_boxed(said) if "\\boxed" in said or "\\fbox" in said else None
    said = inside if inside is not None else said
    formula = _MATHS.match(said)
    if formula and not said[formula.end() :].strip(" .,;"):
        said = next(filter(None, formula.groups()))
    said = re.sub(r"\\\]|\\\)$", "", said.strip()).rstrip(" .,;:").strip()
    if said.startswith("$") and said.endswith("$"):
        said = said.strip("$")
    return said if said and len(said) <= _LONGEST and any(char.isalnum() for char in said) else None


def equal(one: str, other: str) -> bool:
    """Whether two answers have the same normal form, or are the same number."""
    first, second = _normal(one), _normal(other)
    if first == second:
        return True
    left, right = _value(first), _value(second)
    if left is None and right is not None:
        left = _leading(one)
    elif right is None and left is not None:
        right = _leading(other)
    return left is not None and left == right


def _normal(text: str) -> str:
    for pattern, replacement in _LOOKS:
        text = pattern.sub(replacement, text)
    return text.rstrip(".").casefold()


def _value(normal: str) -> Fraction | None:
    match = _FRACTION.fullmatch(normal)
    if match:
        if int(match[4]) == 0:
            return None
        value = int(match[2] or 0) + Fraction(int(match[3]), int(match[4]))
        return -value if match[1] else value
    plain = number.canonical(normal.removeprefix("{").removesuffix("}"))
    return None if plain is None else Fraction(plain)


def _leading(text: str) -> Fraction | None:
    """The number that words follow, as in "12 square units"."""
    match = _LEADING_NUMBER.match(_WORDS.sub(r" \1", text).strip().lstrip("$\\ "))
    plain = number.canonical(match[0]) if match else None
    return None if plain is None else Fraction(plain)
