"""Reading True or False from a completion; yes and no count as them."""

import re
from collections.abc import Callable, Iterator

from cot_distill.grading import chain, restating, spans
from cot_distill.grading.chain import Found, Reading, Undecided

_TRUE = ("true", "yes", "yep", "yeah")
_OPENING = re.compile(
    r"(?:[\s*\"'“‘`:(\[\\{$_,–-]|text(?:bf)?\{|\b(?:most|very|more|likely|probably|definitely|certainly|technically|generally|simply|"
    r"clearly|almost|usually|typically|obviously|essentially|it|is|that|a|an|resounding|both|option|[AB]\))\b)*",
    re.I,
)
_WORD = re.compile(r"(not\s+)?(true|false|yes|yep|yeah|nope|no)(?![a-z])", re.I)
_PLAUSIBLE = ("likely", "plausible", "probable", "possible", "probably")
_ASKS_ABILITY = re.compile(
    r"\b(?:can|could|may|might|able|capable|ever|possib\w+|impossible|plausib\w+|theoretically)\b", re.I
)
"""A question that what is possible affirms."""
_HARDLY = re.compile(
    r"[,;]?\s+but\s+(?:it\s+is\s+|it's\s+)?(?:\w+ly\s+)?(?:not\s+(?:very\s+)?(?:likely|probable)|unlikely|improbable)\b",
    re.I,
)
_UNSURE = re.compile(
    r"[,;]?\s+but\s+(?:without\b|not\s+(?:certain|necessarily|guaranteed|definite)|(?:it|this|that)\s+depends|there\s+is\s+no\b|(?:it\s+|this\s+)?(?:cannot|can't))",
    re.I,
)
_LIKELY = re.compile(
    r"\W*(?:that\s+)?(?:(?:it|this|that)(?:\s+is|'s)\s+)?(?:(?:most|very|highly|quite|rather|extremely|more)\s+)*(not\s+)?(?:(?:very|so)\s+)?"
    r"(likely|plausible|probable|possible|probably|unlikely|implausible|improbable|impossible|doubtful)(?=\W*$|[.,;!]|\s+(?:as|because|since|due)\b)",
    re.I,
)
_DETERMINER = re.compile(
    r"\s+(?!or\b|and\b|as\b|because\b|since\b|it\b|they\b|he\b|she\b|in\b|by\b|to\b|the\b|this\b|that\b|there\b|you\b|we\b|not\b|but\b|for\b|he's\b|with\b|if\b|at\b|I\b|his\b|her\b|their\b|its\b)[a-z]"
)
_SEVERAL = re.compile(r"\W{0,4}\s*(?:and|or|/)\W{0,4}\s*(?:also\s+)?(true|false|yes|no)(?![a-z])", re.I)
_REFUSED = re.compile(
    r"\W*(?:that\s+)?(?:it\s+)?(?:is\s+)?(?:\w+ly\s+)?(?:unclear|unknown|uncertain|maybe|perhaps|possibl|undetermined|inconclusive|subjective|"
    r"debatable|depends|depend|neither|not\s+(?:clear|certain|known|possible|sure|definitive|enough|determin|applicable|available|given)|"
    r"cannot\s+be|can't\s+be|can\s?not\s+|could\s+not|impossible|indeterminate|both|n/a\b|difficult|I\s+(?:do|don't|am)\b)",
    re.I,
)
_EITHER = re.compile(r"\W*(?:true\s+or\s+false|yes\s+or\s+no)\s*[?:]", re.I)
_FIRST_END = re.compile(r"(?<=[.!?])\s|\n")
_STATEMENT = re.compile(
    r"\b(?:statement|claim|assertion|conclusion|premise|proposition|it|this|that)\s+(?:is|would\s+be|must\s+be)\s+(?:(?!not\b)\w+\s+)?(?=(?:not\s+)?[*\"'`]*(?:true|false)\b)",
    re.I,
)
_STANDING_ALONE = re.compile(
    r"(?:^|[.!?:,;*\"'(]\s*|[\n]\s*|\b(?:so|but|thus|hence|then|therefore)\s+)[*\"']{0,4}(true|false|yes|no)[*\"']{0,4}(?=\s*(?:[.!,;)\n*]|$))|\s(true|false|yes|no)[.!*\"')]*\s*$",
    re.I,
)
_CONDITIONAL = re.compile(r"\W*(?:(?:however|but|so)\W+)?if\b[^.!?]*\bwould\b", re.I)
_SAYS = re.compile(
    r"\b(?<!may\s)(?<!might\s)(?<!could\s)(?:say|answer)\s+(?:a\s+)?(yes|no)\b(?=\s+to\s+(?:this|that|it)\b|\W*$)|\bin\s+the\s+(affirmative|negative)\b",
    re.I,
)
_ANY_WORD = re.compile(r"\b(true|false|yes|no(?!\s+[a-z]))\b", re.I)
_LABEL_LINE = re.compile(r"(?:^|\n)[ \t*_]{0,4}A[*_]{0,2}:([^\n]{1,200})")


_LONGEST_LINE = 1000


def read(text: str, question: str | None = None) -> Reading:
    """True or False as a completion states it; `question` tells what a whole sentence affirms or denies."""
    return chain.read_final(STEPS, text, question)


def boxed(text: str, question: str | None = None) -> Iterator[Found]:
    r"""The last `\\boxed{…}` that holds true, false, yes or no."""
    return _each((inside for _, inside in spans.boxes(text)), question)


def answer_sentence(text: str, question: str | None = None) -> Iterator[Found]:
    """The last "the answer is …" that begins with true, false, yes or no."""
    return _each(spans.sentences(text), question)


def answer_label(text: str, question: str | None = None) -> Iterator[Found]:
    """The last "Answer: …" or "A: …"."""
    yield from _each(spans.labels(text), question)
    if "A:" in text:
        yield from _each((match[1] for match in _LABEL_LINE.finditer(text)), question)


def statement(text: str, question: str | None = None) -> Iterator[Found]:
    """The last "the statement is true"."""
    for match in reversed(list(_STATEMENT.finditer(text))):
        found = _stated(text[match.end() : match.end() + 20])
        if found is not None:
            yield found


def opening(text: str, question: str | None = None) -> Iterator[Found]:
    """The word that a completion begins with: "Yes, since …", "Correct, …"."""
    restated = _EITHER.match(text)
    text = text[restated.end() :] if restated else text
    found = _stated(text[:60].lstrip(" \n*#"), question)
    if found is not None:
        yield found
    elif (agreed := restating.agrees(_FIRST_END.split(text.lstrip(), 1)[0], question)) is not None:
        yield str(agreed)


def closing(text: str, question: str | None = None) -> Iterator[Found]:
    """The last true, false, yes or no that stands by itself in the last line: in "no evidence" it does not."""
    said = list(_SAYS.finditer(next(spans.last_sentences(text), "")))
    if said:
        yield "True" if (said[-1][1] or said[-1][2]).lower() in ("yes", "affirmative") else "False"
        return
    words = _STANDING_ALONE.findall(text.rstrip()[-_LONGEST_LINE:].rpartition("\n")[2])
    if words:
        sentence = next(spans.last_sentences(text), "")
        if _CONDITIONAL.match(sentence):
            return
        both = len({_name(word) for word in _ANY_WORD.findall(sentence)}) > 1
        yield Undecided.SEVERAL if both else _name("".join(words[-1]))


def restated(text: str, question: str | None = None) -> Iterator[Found]:
    """Whether the last sentence, or else the first, affirms or denies what was asked: "So fish cannot fly."."""
    found = restating.verdict(text, question) if question else None
    if isinstance(found, bool):
        yield str(found)
    elif found is not None:
        yield found


STEPS: tuple[Callable[[str, str | None], Iterator[Found]], ...] = (
    *(boxed, answer_sentence, answer_label, opening, statement, closing, restated),
)


def canonical(text: str) -> str | None:
    """ "True" or "False" for a text that begins with true, yes, false or no in any case; else None."""
    found = _stated(text)
    return found if isinstance(found, str) else None


def contains(text: str, gold: str) -> bool:
    """Whether the word of gold (true or yes, false or no) stands in the text."""
    words = r"true|yes" if gold == "True" else r"false|no"
    return re.search(rf"(?<![a-z])(?:{words})(?![a-z])", text, re.I) is not None


def _name(word: str) -> str:
    return "True" if word.lower() in _TRUE else "False"


def _each(statements: Iterator[str], question: str | None) -> Iterator[Found]:
    for said in statements:
        found = _stated(said, question)
        if found is not None:
            yield found
        elif _REFUSED.match(said):
            yield Undecided.REFUSED
        elif (brief := restating.elliptic(said)) is not None:
            yield str(brief)


def _stated(said: str, question: str | None = None) -> Found | None:
    opening = _OPENING.match(said)
    match = _WORD.match(said, opening.end() if opening else 0)
    if not match:
        likely = _LIKELY.match(said)
        return None if likely is None else _judged(likely, question)
    word = match[2].lower()
    if match[1]:
        word = "false" if word in _TRUE else "true"
    if word == "no" and _DETERMINER.match(said, match.end()):
        return None
    other = _SEVERAL.match(said, match.end())
    if other and _name(other[1]) != _name(word):
        return Undecided.SEVERAL
    return _name(word)


def _judged(likely: re.Match[str], question: str | None) -> Found:
    """What "likely", "impossible" and the like say of a question, which may ask for the opposite ("Is it unlikely?").

    Of what is or was, "possible" says nothing; and what is possible, but depends, is not settled.
    """
    word = likely[2].lower()
    said = (likely[1] is None) == (word in _PLAUSIBLE)
    if question and re.search(rf"\b(?:un|im){re.sub('^(?:un|im)', '', word)}\b", question, re.I):
        return str(not said)
    if said and word == "possible" and question:
        if _UNSURE.match(likely.string, likely.end()):
            return Undecided.REFUSED
        if not _ASKS_ABILITY.search(question):
            return "False" if _HARDLY.match(likely.string, likely.end()) else Undecided.REFUSED
    return str(said)
