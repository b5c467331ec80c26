"""What a whole sentence says of a yes/no question: "So a cat would not be afraid of fish." denies what was asked."""

import re

from cot_distill.grading import clauses, spans
from cot_distill.grading.chain import Undecided
from cot_distill.grading.words import stem

_ENOUGH = 0.5
"""The share of the question's words that a last sentence must hold to be about what was asked."""
_MOST = 0.65
"""The same for a first sentence, and for one that neither denies nor concludes."""
_FEW = 3
"""Sentences of a text that is short enough for its first one to be the answer."""
_WORD = re.compile(r"[a-z\d]+")
_COMMON = frozenset(
    "a an the is are was were be been being am do does did can could would should will may might must has have had "
    "of in on at to for from by with and or if it its he his she her they their them him you your i we that this "
    "these those there than as any some ever not no never so thus hence therefore also still hypothetically likely "
    "more most s t".split()
)
_PRONOUN = re.compile(r"\W*(?:(?:so|thus|therefore|hence|of\s+course|\w+ly)\W+)*(?:it|they|he|she|this|these)\b", re.I)
_THAN = re.compile(r" (?:than|before|after) ")
_INSTEAD = re.compile(r"(?:,\s+(?:and\s+|but\s+)?|\s+but\s+)not\s+(.+)|\b(?:rather\s+than|instead\s+of)\s+(?=.)(.+)")
_CONCLUDES = re.compile(
    r"\W*(?:so|thus|hence|therefore|consequently|in\s+conclusion|as\s+a\s+result|overall|this\s+means)\b", re.I
)
_LIKELY = re.compile(r"\bit\s+(?:is|seems)\s+(?:\w+ly\s+)?(?:un)?likely\b", re.I)
_ELLIPSIS = re.compile(
    r"\W*(?:(?i:so|therefore|thus|hence|no|yes)\W+)?(?:(?i:it|they|he|she|there|this|that|you|one|we|I)|[A-Z]\w+)\s+(?:most\s+likely\s+|\w+ly\s+)?"
    r"(?:would|could|can|did|does|do|is|are|was|were|has|have|had|will|should)(?:n?['’]t|not|\s+not)?(?:\s+(?:be|have|do(?:\s+(?:so|it|that))?))?\W*$"
)
_RULED_OUT = re.compile(
    r"\b(?:(?:that|it|this)\s+(?:would\s+(?:be|have\s+been)|is|was)|making\s+(?:it|this|that))\s+(?:\w+ly\s+)?impossible\W*$"
    r"|\b(?:claim|statement|premise|idea)\s+does(?:n['’]t|\s+not)\s+hold\b",
    re.I,
)
_OPPOSITES = [
    (frozenset(map(stem, one.split())), frozenset(map(stem, other.split())))
    for one, other in (
        ("heavier", "lighter"),
        ("bigger larger greater", "smaller"),
        ("taller longer", "shorter"),
        ("older", "younger"),
        ("faster quicker", "slower"),
        ("higher", "lower"),
        ("hotter warmer", "colder cooler"),
        ("stronger", "weaker"),
        ("richer", "poorer"),
        ("more", "less fewer"),
        ("earlier before", "later after"),
        ("alive", "dead"),
        ("legal", "illegal"),
        ("safe", "unsafe dangerous"),
        ("healthy", "unhealthy"),
        ("easy easier", "difficult hard harder"),
        ("cheap cheaper", "expensive"),
        ("same equal", "different"),
        ("common usual normal typical", "rare uncommon unusual"),
        ("float", "sink"),
    )
]
_FLATLY = re.compile(
    r"\W*(?:(?:almost\s+)?(?:\w+ly|of\s+course)\s+(not)|(?:I\s+)?do(n)['’]t\s+think\s+so|(not)\s+(?:at\s+all|a\s+chance)|(?:there(?:['’]s|\s+is)\s+)?(no)\s+way"
    r"|absolutely|certainly|definitely|of\s+course|indeed|easily|surely|I\s+think\s+so|affirmative)(?=\W*$|\W*[.!;:,–—]|\s+(?:it|he|she|they)\b)",
    re.I,
)
_AGREES = re.compile(
    r"\W*(?:(?:that(?:['’]s|\s+is)|this\s+is|it(?:['’]s|\s+is)|you(?:['’]re|\s+are))\s+)?"
    r"(?:(correct|exactly|true|confirmed)|(right|indeed)|incorrect|wrong|untrue|false|not\s+(?:correct|right|true|so))"
    r"[*_]{0,2}\s*(?:[,.:;!–—-](?=\W|$)\W*(?!(?:so|let|now|then|first|I|we|okay|ok|but)\b)|$)",
    re.I,
)
"""Opens an answer that takes the question for a statement: "Correct, …", "That's right: …", "Wrong."."""
_UNSETTLED = re.compile(
    r"\b(?:depend(?:s|ing)?|unclear|unknown|uncertain|unsure|debatable|subjective|irrelevant|inconclusive|no\s+(?:definitive|clear|right|information|way\s+to)"
    r"|no\s+(?:one|single|easy|simple)\s+answer|not\s+(?:a\s+)?(?:clear|simple|known|certain|necessarily|specified|applicable)|as\s+an\s+AI|whether\s[^.!?\n]{1,200}\sor\s+not"
    r"|(?:difficult|hard|impossible|not\s+(?:possible|appropriate|accurate))\s+(?:for\s+\w+\s+)?to\s+(?:\w+ly\s+)?(?:determine|say\s+(?:if|whether|for)|know|tell|predict|compare|generali[sz]e|label|provide|give)"
    r"|to\s+(?:(?:confirm|verify|determine)\s+(?:whether|if|that)|say\s+(?:whether|if))|(?:could|can)(?:\s?not|n['’]t)\s+find"
    r"|question\s+(?:\w+\s+)?is\s+(?:based\s+on|invalid|flawed|unanswerable|meaningless))\b",
    re.I,
)
_HEDGES = re.compile(
    r"\b(?:may|might|some|sometimes|potentially|possible(?!\s+for)|suggest(?:s|ed)?|publicly|important\s+to|worth\s+noting|I\s+(?:cannot|can't|do\s+not|don't))\b",
    re.I,
)


def verdict(text: str, question: str) -> bool | Undecided | None:
    """Whether a text affirms what a question asks: by its last sentence, where that draws a conclusion or the text is
    short, else by the first one of a short text; None where these are about something else."""
    sentences = list(spans.last_sentences(text))
    if sentences and _leaves_open(sentences[0], text):
        return Undecided.REFUSED
    if sentences and (agreed := agrees(sentences[0], question)) is not None:
        return agreed
    short = len(sentences) <= _FEW
    flatly = _FLATLY.match(text) if short else None
    if flatly and any(flatly.groups()):
        return False
    for sentence, enough in [(one, _ENOUGH) for one in sentences[:1]] + [
        (one, _MOST) for one in sentences[-1:] if short
    ]:
        if sentence.endswith("?") or not (short or _CONCLUDES.match(sentence)):
            continue
        if (said := _says(sentence, question, enough)) is not None:
            return said
    if sentences and _RULED_OUT.search(sentences[0]) and "possible" not in question:
        return False
    flatly = flatly or _FLATLY.match(sentences[0].rpartition(": ")[2] if sentences else "")
    return None if flatly is None else not any(flatly.groups())


def _says(sentence: str, question: str, enough: float) -> bool | None:
    """Whether a sentence affirms or denies the question; None where it has too few of its words, or is less sure."""
    asked, clause = _content(question), clauses.asserted(sentence)
    denied = _denied(asked, sentence)
    opposed = not denied and _opposed(clause, question)
    if not (denied or opposed or clauses.negations(clause) or _CONCLUDES.match(sentence)):
        enough = _MOST  # what only tells of the same things affirms nothing
    if not _is_about(asked, sentence if denied else clause, enough) or _hedged(clause, question):
        return None
    same = clauses.negations(clause) % 2 == clauses.negations(question) % 2
    return (same != (_turned_round(clause, question) or denied)) != opposed


def _leaves_open(last: str, text: str) -> bool:
    """Whether a text says that there is no answer, and does not conclude in its last sentence all the same."""
    if _UNSETTLED.search(last) or spans.GIVES_UP.search(last):
        return True
    return _UNSETTLED.search(text) is not None and not (_CONCLUDES.match(last) or _LIKELY.search(last))


def agrees(sentence: str, question: str | None) -> bool | None:
    """Whether a sentence that begins with "Correct, …" or "Wrong: …" says yes or no, None for any other.

    It says nothing where it goes on with another number of negations than the question, nor does a "Right, …" or
    "Indeed, …" that goes on with another thing.
    """
    opening = _AGREES.match(sentence)
    if opening is None or not any(opening.groups()):
        return None if opening is None else False
    rest = sentence[opening.end() :]
    other = opening[2] and rest and not _is_about(_content(question or ""), rest, _ENOUGH)
    turned = clauses.negations(rest) % 2 != clauses.negations(question or "") % 2 if rest else False
    return None if other or turned else True


def elliptic(said: str) -> bool | None:
    """What a sentence like "It would not." says, without its question; None where it says more."""
    return clauses.negations(said) % 2 == 0 if _ELLIPSIS.match(said) else None


def _is_about(asked: frozenset[str], clause: str, enough: float) -> bool:
    """Whether a clause holds enough of the question's words; where a pronoun stands for some of them, fewer do."""
    wanted = len(asked) * enough / 3 if _PRONOUN.match(clause) else max(len(asked) * enough, min(len(asked), 2))
    return len(asked & _with_opposites(_content(clause))) >= max(wanted, 1) or _ELLIPSIS.match(clause) is not None


def _hedged(clause: str, question: str) -> bool:
    """Whether a clause is less sure than the question; "some" is not where any are asked for."""
    hedge = _HEDGES.search(clause)
    return hedge is not None and not _HEDGES.search(question) and not (hedge[0].lower() == "some" and "any" in question)


def _denied(asked: frozenset[str], sentence: str) -> bool:
    """Whether a sentence says something else instead: "He sings, not dances." of "Does he dance?"."""
    match = _INSTEAD.search(sentence)
    return match is not None and bool(asked & _content(match[1] or match[2]) - _content(sentence[: match.start()]))


def _turned_round(clause: str, question: str) -> bool:
    """Whether a comparison names the two things the other way round."""
    than = _THAN.search(question)
    if than is None or than[0] not in clause:
        return False
    first, second = _content(question[: than.start()]), _content(question[than.end() :])
    left, right = map(_content, clause.split(than[0], 1))
    return bool((second - first) & left and (first - second) & right and not (second - first) & right)


def _opposed(clause: str, question: str) -> bool:
    """Whether a clause has the opposite of a word of the question: "lighter" for "heavier"."""
    said, asked = (frozenset(map(stem, _WORD.findall(text.casefold()))) for text in (clause, question))
    turns = 0
    for one, other in _OPPOSITES:
        for first, second in ((one, other), (other, one)):
            turns += bool(first & said and second & asked and not (first & asked or second & said))
    return turns % 2 == 1


def _with_opposites(words: frozenset[str]) -> frozenset[str]:
    return words.union(*(pair[0] | pair[1] for pair in _OPPOSITES if words & (pair[0] | pair[1])))


def _content(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in _WORD.findall(text.casefold()) if word not in _COMMON)
