r"""What a formula without unknowns comes to, exactly: `2^{10}`, `\sqrt{49}`, `3\cdot5`, `10^{-3}`, `\frac{3}{4}`, `5!`.

Values are fractions, and a root that is none has no value here. Length, depth, exponents and digits are bounded, so
that a hostile formula costs nothing.
"""

import re
from fractions import Fraction
from math import comb, factorial

_LONGEST = 300
_DEEPEST = 20
_MOST_BITS = 4096
_LARGEST_FACTORIAL = 170
_LOOKS = re.compile(r"\\(?:left|right|displaystyle|[,;:! ]|limits)(?![a-zA-Z])|\$|\\[()\[\]]")
_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*|\.\d+)|(\\[a-zA-Z]+|[-−+*×·⋅/÷^!(){}\[\]√]))")
_SAME = {"×": "*", "·": "*", "⋅": "*", r"\cdot": "*", r"\times": "*", "÷": "/", r"\div": "/", "−": "-", "√": r"\sqrt"}
_SAME |= dict.fromkeys((r"\dfrac", r"\tfrac", r"\cfrac"), r"\frac") | {r"\dbinom": r"\binom"}


class _NoValue(Exception):
    """The formula is no closed form, or too large."""


def value(formula: str) -> Fraction | None:
    r"""What a closed form comes to, or None where it is none, has no rational value or is too large.

    >>> str(value(r"\frac{3}{2^{2}}")), str(value(r"\sqrt{49}")), value(r"7\pi"), value(r"\sqrt{2}")
    ('3/4', '7', None, None)
    """
    if len(formula) > _LONGEST:
        return None
    text, tokens, place = _LOOKS.sub("", formula).replace("**", "^").strip(), [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            return None
        tokens.append(_SAME.get(match[0].strip(), match[0].strip()))
        place = match.end()
    parser = _Parser(tokens)
    try:
        found = parser.sum()
    except (_NoValue, ZeroDivisionError):
        return None
    return found if parser.peek() == "" else None


class _Parser:
    """Recursive descent over tokens; every method reads one level of binding and returns its value."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def sum(self) -> Fraction:
        found = self._product()
        while self.peek() in ("+", "-"):
            sign = 1 if self._next() == "+" else -1
            found += sign * self._product()
        return _bounded(found)

    def _product(self) -> Fraction:
        found = self._signed()
        while True:
            sign = self.peek()
            if sign in ("*", "/"):
                self._next()
                other = self._signed()
                found = found * other if sign == "*" else found / other
            elif sign == r"\frac" and found.denominator == 1 and self._tokens[self._place - 1].isdigit():
                found += self._power() if found >= 0 else -self._power()  # a mixed number: 2\frac12
            elif sign in ("(", r"\sqrt", r"\frac", r"\binom"):
                found *= self._power()
            else:
                return _bounded(found)

    def _signed(self) -> Fraction:
        if self.peek() in ("+", "-"):
            return self._signed() if self._next() == "+" else -self._signed()
        return self._power()

    def _power(self) -> Fraction:
        base = self._atom()
        while self.peek() == "!":
            self._next()
            if base.denominator != 1 or not 0 <= base <= _LARGEST_FACTORIAL:
                raise _NoValue
            base = Fraction(factorial(int(base)))
        if self.peek() != "^":
            return base
        self._next()
        power = self._signed()
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if power.denominator == 2 and abs(power) * bits <= _MOST_BITS:
            return _root(base, 2) ** power.numerator
        if power.denominator != 1 or abs(power) * bits > _MOST_BITS:
            raise _NoValue
        return base ** int(power)

    def _atom(self) -> Fraction:
        token = self._next()
        if token[:1].isdigit() or (token[:1] == "." and len(token) > 1):
            return _bounded(Fraction(token))
        if token in ("(", "{", "["):
            return self._inside({"(": ")", "{": "}", "[": "]"}[token])
        if token == r"\frac":
            above = self._argument()
            return above / self._argument()
        if token == r"\binom":
            n, k = self._argument(), self._argument()
            if n.denominator != 1 or k.denominator != 1 or not 0 <= k <= n <= _LARGEST_FACTORIAL:
                raise _NoValue
            return Fraction(comb(int(n), int(k)))
        if token == r"\sqrt":
            degree = self._inside("]") if self.peek() == "[" and self._next() else Fraction(2)
            if degree.denominator != 1 or not 1 < degree <= _DEEPEST:
                raise _NoValue
            return _root(self._argument(), int(degree))
        raise _NoValue

    def _argument(self) -> Fraction:
        """What stands in braces, or one digit: `\frac12`."""
        token = self.peek()
        if token.isdigit() and len(token) > 1:
            self._tokens[self._place : self._place + 1] = [token[0], token[1:]]
        return self._atom()

    def _inside(self, closing: str) -> Fraction:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _NoValue
        found = self.sum()
        if self._next() != closing:
            raise _NoValue
        self._depth -= 1
        return found

    def _next(self) -> str:
        token = self.peek()
        self._place += 1
        return token


def _bounded(number: Fraction) -> Fraction:
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > _MOST_BITS:
        raise _NoValue
    return number


def _root(number: Fraction, degree: int) -> Fraction:
    """The exact root of a fraction; raises where it has none."""
    if number < 0:
        raise _NoValue
    parts = []
    for part in (number.numerator, number.denominator):
        low, high = 0, 1 << (part.bit_length() // degree + 1)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if middle**degree <= part else (low, middle - 1)
        if low**degree != part:
            raise _NoValue
        parts.append(low)
    return Fraction(parts[0], parts[1])
