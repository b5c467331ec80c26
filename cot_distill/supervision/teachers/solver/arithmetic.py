"""Splits an operation into easier ones, and gives its inverse, as level 6 shows them.

Every equation is a string "a op b = c" that is true, with ASCII operators and spaces around them.
"""

from cot_distill.problems.word_problems.graph import compute


def equation(op: str, left: int, right: int) -> str:
    """The operation with its result: "6 * 4 = 24"."""
    return f"{left} {op} {right} = {compute(op, left, right)}"


def inverse(op: str, left: int, right: int) -> str:
    """The equation that checks `left op right`: "24 / 4 = 6" for 6 * 4."""
    return equation({"+": "-", "-": "+", "*": "/", "/": "*"}[op], compute(op, left, right), right)


def small_steps(op: str, left: int, right: int) -> list[str]:
    """Equations that lead to `left op right`; the last one has its result. An easy operation is a single equation."""
    chain = {"+": _add, "-": _subtract, "*": _multiply, "/": _divide}[op](left, right)
    return [equation(*link) for link in chain]


_Link = tuple[str, int, int]


def _add(left: int, right: int) -> list[_Link]:
    """By place value, or up to the next ten if one number has a single digit."""
    big, small = max(left, right), min(left, right)
    ones = big % 10 + small % 10
    if small >= 10 and small % 10 and big % 10:
        tens = big - big % 10 + small - small % 10
        return [("+", big - big % 10, small - small % 10), ("+", big % 10, small % 10), ("+", tens, ones)]
    if small < 10 and ones > 10:
        up = 10 - big % 10
        return [("+", big, up), ("+", big + up, small - up)]
    return [("+", left, right)]


def _subtract(left: int, right: int) -> list[_Link]:
    """The tens first, then the ones; if needed, first down to a full ten and then below it."""
    tens, ones = right - right % 10, right % 10
    chain = [("-", left, tens)] if tens else []
    rest = left - tens
    if ones > rest % 10 > 0:
        chain += [("-", rest, rest % 10), ("-", rest - rest % 10, ones - rest % 10)]
    elif ones:
        chain.append(("-", rest, ones))
    return chain


def _multiply(left: int, right: int) -> list[_Link]:
    """By tens and ones if a number has several digits, by fives above 5, otherwise by repeated addition."""
    times, big = min(left, right), max(left, right)
    if big >= 10 and big % 10:
        return _parts(big - big % 10, big % 10, times)
    if big >= 10:
        return [("*", left, right)]
    if times > 5:
        return _parts(5, times - 5, big)
    return _repeated(big, times)


def _divide(left: int, right: int) -> list[_Link]:
    """By tens of the divisor if the quotient has several digits, by fives above 5."""
    quotient = left // right
    if quotient >= 10 and quotient % 10:
        tens = quotient - quotient % 10
        return [*_shares(left, right, tens * right), ("+", tens, quotient - tens)]
    if 5 < quotient < 10:
        return [*_shares(left, right, 5 * right), ("+", 5, quotient - 5)]
    return [("/", left, right)]


def _parts(first: int, second: int, by: int) -> list[_Link]:
    """(first + second) * by as the sum of two products; a product with 1 is left out."""
    products = [("*", part, by) for part in (first, second) if part > 1]
    return [*products, ("+", first * by, second * by)]


def _shares(left: int, right: int, first: int) -> list[_Link]:
    """The division of `first`, then that of the rest of `left`."""
    return [("-", left, first), ("/", first, right), ("/", left - first, right)]


def _repeated(number: int, times: int) -> list[_Link]:
    return [("+", number * count, number) for count in range(1, times)]
