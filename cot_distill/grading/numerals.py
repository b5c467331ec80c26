"""Finds numbers as people and models write them, by one pattern, and gives each its canonical form.

    1,234.50 → 1234.5     $3 → 3          −5 → -5        3/4 → 0.75      1/3 → 1/3      2 1/2, 2½ → 2.5
    1.2 × 10^5 → 120000   45% → 45        3 million → 3000000            3 dozen → 36            3:30 → 3.5
    1'000, 1 000 000, 1.000.000, 1.250,50 and 3{,}5, as some countries write them

Values are fractions, never floats. The number of digits is limited, so that a hostile run of digits costs no time.
"""

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction

_NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[-\u2212\u2013]\s?)?(?:[$€£₹]|Rs\.?\s?)?\s?(?P<sign2>[-\u2212])?"
    r"(?P<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d{1,30}|(?=\.\d))(?P<decimals>\.\d{1,30})?"
    r"(?:\s?/\s?(?P<below>\d{1,30})(?!\d|\.\d|/)|\s(?:and\s)?(?P<top>\d{1,6})\s?/\s?(?P<bottom>\d{1,6})(?!\d|\.\d|/)"
    r"|:(?P<minutes>[0-5]\d)(?!\d)"
    r"|\s?(?:[×x*]|\\times|\\cdot)\s?10\s?(?:\^|\*\*)\s?[{(]?(?P<power>[-\u2212]?\d{1,2})[})]?|[eE](?P<e>[+-]?\d{1,2})(?!\w)"
    r"|\s?(?P<scale>dozen|thousand|million|billion|trillion)\b)?(?!\d|,\d{3})",
    re.ASCII,
)
_SCALES = {"dozen": 12, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_VULGAR = re.compile("[¼-¾⅐-⅞]")
_LATEX = (
    (re.compile(r"(?<=\d)\s?\\[dtc]?frac\s?\{?(\d{1,30})\}?\s?\{?(\d{1,30})\}?"), r" \1/\2"),
    (re.compile(r"\\[dtc]?frac\s?(?:\{(-?[\d,.]{1,30})\}|(\d))\s?(?:\{(\d[\d,.]{0,30})\}|(\d))"), r"\1\2/\3\4"),
    (re.compile(r"\{,\}(?=\d{3}(?!\d))"), ","),
    (re.compile(r"(?<=\d)\{,\}(?=\d)"), "."),
    (re.compile(r"(?<=[\d,])\\[,!;: ]\s?(?=\d{3})"), ""),
    (re.compile(r"\\(?:text(?:bf|rm|it)?|math(?:bf|rm|it)|mbox|boxed)\s?\{"), " "),
    (re.compile(r"\\(?:left|right|displaystyle|approx|quad|[,;:!()\[\]])"), " "),
    (re.compile(r"\\(?=[$%£€# ])"), ""),
)
_GROUPED = re.compile(
    r"(?<![\d.,])(?:\d{1,3}(?:(?:['’]\d{3})+|(?:\.\d{3}){2,}|(?:\.\d{3})+(?=,\d{1,2}(?!\d)))(?:,\d{1,2})?(?![\d'’]|[.,]\d)"
    r"|(?:0|\d{4,12}),\d{1,9}(?![\d,]))"
)
_SPACED = re.compile(r"(?<![\d.,])\d{1,3}(?:(?: \d{3}){2,}|(?:[\u00a0\u2009\u202f]\d{3})+)(?!\d|\.\d)")
_NEGATIVE = re.compile(r"\b(?:minus|negative)\s+(?=\$?\d)", re.I)
_OPERAND = re.compile(r"[\d)}%]\s?$")


def plain(text: str) -> str:
    r"""A short text without Markdown and LaTeX around its numbers: `**\$1'000**` is `$1000`."""
    text = _SPACED.sub(lambda match: re.sub(r"\s", "", match[0]), text)
    text = _NEGATIVE.sub("-", text) if "egative" in text or "inus" in text else text
    if not text.isascii():
        text = _VULGAR.sub(lambda match: " " + unicodedata.normalize("NFKC", match[0]).replace("\u2044", "/"), text)
    if any(sign in text for sign in ".,'’ \u00a0\u2009\u202f"):
        text = _GROUPED.sub(lambda match: re.sub(r"['’.]", "", match[0]).replace(",", "."), text)
    if "*" in text or "_" in text:
        text = text.replace("**", " ").replace("*", " * ").replace("__", " ")
    if "\\" in text or "{" in text:
        for pattern, replacement in _LATEX:
            text = pattern.sub(replacement, text)
    return text


def numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """(begin, end, canonical form) of each number in a plain text, in order."""
    for match in _NUMBER.finditer(text):
        value = _value(match)
        if value is not None:
            yield match.start(), match.end(), value


def canonical(text: str) -> str | None:
    """A number's canonical form ("1,234.50" → "1234.5", "3/4" → "0.75"); None if `text` is not a number."""
    text = text.strip()
    if text.isdecimal() and text.isascii() and len(text) <= 30:
        return text.lstrip("0") or "0"
    said = plain(text).strip().strip("$").strip().removesuffix("%").removesuffix("\\").strip()
    match = _NUMBER.fullmatch(said)
    return _value(match) if match else None


def written(value: Fraction) -> str:
    """An integer or a terminating decimal in decimal form, any other value as a reduced fraction."""
    below = value.denominator
    places = next((n for n in range(min(below.bit_length(), 4000) + 1) if 10**n % below == 0), None)
    if places is None:
        return f"{value.numerator}/{below}"
    digits = f"{abs(value.numerator) * 10**places // below:0{places + 1}d}"
    return ("-" if value < 0 else "") + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def _value(match: re.Match[str]) -> str | None:
    sign, sign2, whole, decimals, below, top, bottom, minutes, power, e, scale = match.groups()
    whole = whole.replace(",", "")
    if sign and _OPERAND.search(match.string[max(0, match.start() - 2) : match.start()]):
        sign = None  # after a number or a bracket it is an operator: "20 - 6" ends in 6
    negative = bool(sign or sign2)
    if not (decimals or below or top or minutes or power or e or scale):
        return ("-" if negative and whole.strip("0") else "") + (whole.lstrip("0") or "0")
    if int(below or bottom or 1) == 0:
        return None
    value = Fraction((whole or "0") + (decimals or "")) / int(below or 1)
    value += Fraction(int(top or 0), int(bottom or 1)) + Fraction(int(minutes or 0), 60)
    value *= Fraction(10) ** int((power or e or "0").replace("\u2212", "-")) * _SCALES.get(scale, 1)
    return written(-value if negative else value)
