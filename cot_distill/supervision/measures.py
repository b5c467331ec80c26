"""Measures rationales: how long, how fine and how diverse they are."""

import dataclasses
import re
import statistics
import zlib
from collections.abc import Iterable, Iterator, Sequence

_STEP_END = re.compile(r"[.!?;](?=\s|$)|\n|(?<=[.!?])(?=\d+\.\s)")
_PIECE = re.compile(r"\d|[^\W\d_]+|[^\w\s]|_")
"""A word, a digit or a mark: tokenizers make about one token of each."""
_GOLD = re.compile(
    r"\b(?:(?:the|this) (?:given|provided|stated|expected|known|specified) (?:correct )?(?:answer|solution|result)|"
    r"answer (?:is )?(?:given|provided) (?:as|in|by|is)|as (?:given|provided) in the (?:answer|solution)|"
    r"the answer (?:is|was) (?:already )?(?:known|given|provided)|"
    r"(?:known|hinted) (?:correct )?answer|the hint|answer in brackets|"
    r"provided example|example provided)\b",
    re.I,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Spread:
    """A measure over an arm's rationales. `deviation` is the population's standard deviation."""

    mean: float
    deviation: float
    least: float
    most: float


def words(text: str) -> int:
    """The number of words, split at white space."""
    return len(text.split())


def steps(text: str) -> int:
    """The number of steps: sentences and lines that have more than a list number."""
    return sum(1 for part in _STEP_END.split(text) if any(char.isalpha() for char in part) or "=" in part)


def refers_to_gold(text: str) -> bool:
    """Whether the teacher mentions the answer that it was given ("the given answer is …", "the hint")."""
    return _GOLD.search(text) is not None


def spread(values: Sequence[float]) -> Spread:
    """Mean, deviation and range, rounded to two decimals; zeros if there are no values."""
    if not values:
        return Spread(0.0, 0.0, 0.0, 0.0)
    return Spread(
        mean=round(statistics.fmean(values), 2),
        deviation=round(statistics.pstdev(values), 2),
        least=min(values),
        most=max(values),
    )


def pieces(text: str) -> int:
    """The number of words, digits and marks in a text. It is closer to a student's number of tokens than words are."""
    return len(_PIECE.findall(text))


def grams(text: str, n: int) -> Iterator[tuple[str, ...]]:
    """The text's n-grams of words and marks, without case."""
    tokens = re.findall(r"\w+|[^\w\s]", text.casefold())
    return zip(*(tokens[offset:] for offset in range(n)), strict=False)


def distinct(texts: Iterable[str], n: int) -> float:
    """Distinct-n (Li et al., 2016): the number of different n-grams divided by the number of all; 1 if none repeats."""
    seen: set[tuple[str, ...]] = set()
    count = 0
    for text in texts:
        for gram in grams(text, n):
            count += 1
            seen.add(gram)
    return round(len(seen) / count, 4) if count else 0.0


def vocabulary(texts: Iterable[str]) -> int:
    """The number of different words, without case."""
    return len({word for text in texts for word in re.findall(r"\w+", text.casefold())})


def compression_ratio(texts: Sequence[str]) -> float:
    """The bytes of all texts divided by their bytes after zlib. It is higher if texts repeat themselves more."""
    raw = "\n".join(texts).encode()
    return round(len(raw) / len(zlib.compress(raw, 9)), 3) if raw else 0.0
