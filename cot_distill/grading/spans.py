"""Where in a text an answer is stated: the places that every kind of answer is read from."""

import re
from collections.abc import Callable, Iterator

# Where a model goes on to invent another problem. "Question 2:" is left in: sub-questions are numbered.
_ANOTHER = r"(?:(?:[a-z'’]{1,8}[\s,:]{1,3}){0,3}(?:next|another|new|similar|practice|bonus)[\s,:]{1,3})"
_NEXT_PROBLEM = re.compile(
    rf"\n[ \t*_#>]{{0,8}}{_ANOTHER}?(?:problem|question|exercise)[*_]{{0,2}}\s?:"
    rf"|\n[ \t*_#>]{{0,8}}{_ANOTHER}(?:problem|question|exercise|task)s?(?:\s\d{{1,3}})?[*_]{{0,2}}\s*(?:[:.]|\n|$)"
    r"|\n[ \t*_#>]{0,8}(?:(?:Q|User|Human|Input|Instruction)[*_]{0,2}\s?:"
    r"|(?:Problem|Exercise|Example)\s\d{1,3}[*_]{0,2}\s?[:.]|###\s?(?:Instruction|Input|Question|Problem|User|Human)\b)"
    r"|\n[ \t*_#>]{0,8}(?P<numbered>Problem|Exercise|Task)\s(?:[2-9]|[1-9]\d)[*_]{0,2}[ \t]*(?:[:.]|\n|$)"
    rf"|(?<=[.!?])[ ]+(?:{_ANOTHER}?(?:question|problem)|Q)\s?:(?=[^\n]{{0,300}}\?)|(?<=[.!?])[ ]+{_ANOTHER}problem\s?:"
    r"|<\|[a-z_]{1,20}\|>|</s>|<eos>|<(?:end|start)_of_turn>|\[/?INST\]|I hope it is correct",
    re.I,
)
# A heading over what a problem gives: the "Question:" below it restates the same problem.
_GIVEN = re.compile(r"(?:^|\n)[^\n\d]{0,30}\b(?:information|given|facts|known|data)\b[^\n\d]{0,20}:[*_ ]*\n", re.I)
# A paragraph that asks something new behind an answer that ends its own.
_ANSWERED = re.compile(r"(?:nswer\s+is\b[^\n]{1,80}|\\boxed\{[^\n]{1,80})\n[ \t]*\n\s*(?=[A-Z])")
_ASKS = re.compile(
    r"(?!Wait|Hmm|Hold|But|Let|Is\s+(?:that|this)|So\b)[^\n]{0,600}?\b(?:how|what|which|where|who|whose|when|why|would|could|is|are|do|does|did|can)\b[^\n?]{8,200}\?",
    re.I,
)
_CORRECTION = re.compile(
    r"(?:^|[.!?\n)]\s*|\s)(?:Wait|Hold\s+on|Actually,|Correction:|Oops|Hmm|Scratch\s+that|Sorry,)", re.M
)
_DRAWN = re.compile(
    r"\b(?:so|therefore|thus|hence|should\s+be|must\s+be|answer|correct\w*\s+(?:is|to))\b|\\boxed", re.I
)
_STANDS = re.compile(
    r"\b(?:(?:is|was|looks|seems)\s+(?:indeed\s+)?(?:correct|right|fine)|stands|confirm\w*|checks?\s+out)\b", re.I
)
_CORRECTING = ("Wait", "Hold on", "Actually,", "Correction:", "Oops", "Hmm", "Scratch that", "Sorry,")
_FOLLOW_UP = re.compile(
    r"\W*(?:I\s+)?(?:let\s+me\s+know|feel\s+free|would\s+you\s+like|do\s+you\s+(?:want|have|need)|if\s+you\s+(?:have|need|want)\s+(?:any|more|another)|hope\s+(?:this|that))\b",
    re.I,
)
_THINKS = "<think>"
THOUGHT_END = "</think>"
# What may stand behind an answer without being one: how sure the model is, what would hold otherwise, usual mistakes.
_ASIDE = re.compile(
    r"(?:(?<=[.!?*)$])\s+|\n\s*)(?:"
    r"\((?=[A-Za-z]\w+\s)(?:(?![^()\n]*\banswer\b)|(?=[^()\n]*\b(?:if|had|would|mistake)\b))[^()\n]{12,400}\)"
    r"|[*_]{0,2}(?:Confidence|Difficulty|Source|Level|Rating)[*_]{0,2}\s*:[^\n]*"
    r"|[*_]{0,2}(?:A\s+)?common\s+(?:mistake|error)\b[^\n]*"
    r"|[*_]{0,2}Note[*_:]{1,4}(?![^\n]*\banswer\b)[^\n]*"
    r"|(?:This|It|That)\s+(?:satisfies|agrees|matches|checks|is\s+consistent)\b[^\n]*"
    r")[\s*.]*$",
    re.I,
)
_SUPPOSED = re.compile(
    r"\b(?:(?:might|may|could|would)\s+(?:\w+\s+)?(?:think|say|assume|argue|guess|expect)|some\s+(?:say|think)|mistake|tempt\w+)\b(?:(?!\bbut\b)[^.!?\n])*$",
    re.I,
)
_SUPPOSITION = re.compile(r"\b(?:if|had)\b[^.!?\n]*$", re.I)

# How a stated answer begins, behind the word "answer". White space is optional, since published rationales run on
# ("= 21 piecesThe answer is 21") and some lost every space ("TheanswerisD").
_IS = re.compile(
    r"s?(?:\s+(?:choice|option|letter|here))?(?:\s*\([^()\n]{2,40}\))?"
    r"(?:\s*,[^,.\n]{1,40},|\s+(?:to|for|of(?!\s+\$?\d)|in|from|that|which|we|as)\b[^.\n]{1,80}?)?[\s*_]{0,4}"
    r"(?:(?:is|was|are|equals|becomes|(?:should|would|must|will|can(?:\s+only)?|has\s+to)\s+be)(?![a-z])|(?-i:is(?=[A-Z\d(]))|=|≈)[\s*_]{0,4}"
    r"(?:\s*(?:therefore|thus|then|simply|just|still|also|indeed|most\s+likely|equal\s+to|given\s+by)\b)?\s*:?",
    re.I,
)
_COLON = re.compile(
    r"s?(?:\s+(?:choice|option|letter))?(?:\s*\([^()\n]{1,40}\))?[*_\"']{0,3}\s?[:=：][*_]{0,3}|>|\**\s*\n|\s+(?=\(?[A-E]\b)",
    re.I,
)
_CHECKING = re.compile(r"\b(?:check|verify)(?:ing)?\s+(?:(?:the|our|your|my|that|if)\s+)?a?$", re.I)
_BULLET = re.compile(r"^[-*•]\s+")
_JSON_KEY = re.compile(
    r"[{,]\s*[\"'](?:[a-z]+_)?(?:answer|label|choice|option|prediction|result|solution|response|verdict|output)[\"']\s*:\s*"
    r"(\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|[^\s\"',{}\[\]]{1,40})\s*(?=[,}])",
    re.I,
)
STATED = re.compile(r"(?:nswer\s+is\b|final\s+answer[*_]{0,2}\s?[:\n]|\\(?:boxed|fbox)\b)", re.I)
"""Where an answer is stated in so many words."""
BOXED = re.compile(r"\\(?:boxed|fbox)\s?(?=[{\d])")

GIVES_UP = re.compile(
    r"\b(?:cannot|can't|can\s?not|could\s+not|unable\s+to|not\s+possible\s+to|impossible\s+to|no\s+way\s+to|not\s+able\s+to)\s+(?:be\s+)?"
    r"(?:\w+ly\s+)?(?:determin|calculat|answer|solve|know|say|tell|provide|assist|help|comply)|(?:\bnot\s+enough|n['’]t\s+enough|\binsufficient|not\s+sufficient)\s+"
    r"(?:information|data)|\b(?:do\s+not|don't)\s+know|\bnot\s+sure\b|\bonly\s+know\b"
    r"|\bno\s+solution\s+to\s+(?:this|the)\s+(?:problem|equation)|\b(?:mistake|error)\s+in\s+the\s+(?:question|problem|information)\b|\bplease\s+(?:provide|check|clarify)\b",
    re.I,
)
"""A sentence that says that there will be no answer."""

LONGEST = 200
_BEFORE = 150
LONGEST_BOX = 4000
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\bi\.e\.)(?<!\be\.g\.)(?<!\b(?:Mr|Ms|Dr|St|vs|Jr|Sr|Rs)\.)(?<!\bMrs\.)(?<!\bU\.S\.)(?:\s+|(?<![A-Z]\.)(?=[A-Z]))|(?<=[.!?]\$)\s+|(?<=\.\\[\])])\s*|\n+"
)


def before_over_generation(text: str) -> str:
    """The final text of a model, without its thoughts, up to where it goes on to invent another problem.

    A problem counts as another one behind a stated answer, or else behind any text that does not lead up to it ("The
    question again:").
    """
    text = _without_thoughts(text)
    stated = STATED.search(text)
    for match in _NEXT_PROBLEM.finditer(text):
        if match["numbered"] and _is_part(match, text, stated):
            continue
        before = text[: match.start()].rstrip()
        if before and not before.endswith(":") and not (_GIVEN.search(before) and "nswer" not in before):
            return before
    answered = _ANSWERED.search(text)
    if answered and "?" not in text[: answered.start()] and _ASKS.match(text, answered.end()):
        return text[: answered.end()].rstrip()
    return text


def _without_thoughts(text: str) -> str:
    """What stands outside of thoughts; of thoughts that were cut off, what comes from the first stated answer on."""
    text, _, unfinished = text.rpartition(THOUGHT_END)[2].partition(_THINKS)
    stated = STATED.search(unfinished)
    if stated is None:
        return text
    begin = max(unfinished.rfind(end, 0, stated.start()) for end in ("\n", ". ", "? ", "! ")) + 1
    return f"{text}\n{unfinished[begin:]}".lstrip()


def _is_part(heading: re.Match[str], text: str, stated: re.Match[str] | None) -> bool:
    """Whether a heading "Task 2" is a later part of one solution: "Task 1" stands before it, and no answer yet."""
    begin = heading.start()
    return text.find(f"{heading['numbered']} 1", 0, begin) >= 0 and not (stated and stated.start() < begin)


def without_aside(text: str) -> str:
    """The text without a last sentence or line that tells something else than the answer."""
    begin = max(0, len(text) - 500)
    for match in _ASIDE.finditer(text, begin):
        if any(map(str.isalnum, text[: match.start()])):
            return text[: match.start()].rstrip()
    return text


def correction(text: str) -> str | None:
    """What follows the last "Wait" behind all stated answers, where it draws another conclusion, else None."""
    stated = max(text.rfind("nswer"), text.rfind("\\boxed"))
    if stated < 0 or not any(word in text[stated:] for word in _CORRECTING):
        return None
    marks = list(_CORRECTION.finditer(text, stated))
    rest = text[marks[-1].end() :] if marks else ""
    return rest if _DRAWN.search(rest) and not _STANDS.search(rest) else None


def sentences(text: str) -> Iterator[str]:
    """What stands behind each "the answer is", to the end of its line or the next one, the last one first."""
    return _behind(text, _IS, _is_supposed)


def labels(text: str) -> Iterator[str]:
    """What stands behind each "Answer:", or below a heading "Answer", the last one first; then the value of the one key
    of JSON that holds an answer by another name: {"label": "B"}."""
    yield from _behind(text, _COLON, lambda before, said: _CHECKING.search(before) is not None)
    values = _JSON_KEY.findall(text) if "{" in text else []
    if len(values) == 1:
        yield values[0].strip("\"'")


def _behind(
    text: str, pattern: re.Pattern[str], unless: Callable[[str, str], bool] = lambda before, said: False
) -> Iterator[str]:
    """What stands behind each word "answer" and the pattern, but where `unless` holds of what is before and of the
    pattern's match."""
    end = len(text)
    for word in ("nswer", "NSWER"):
        place = text.rfind(word)
        while place >= 0:
            match = pattern.match(text, place + len(word))
            if match and not unless(text[max(0, place - _BEFORE) : place], match[0]):
                said = text[match.end() : min(end, match.end() + LONGEST)].lstrip()
                if "\n" in text[place : text.find(said[:1], match.end())]:
                    said = _BULLET.sub("", said)
                yield said.partition("\n")[0].partition("</")[0]
                end = place
            place = text.rfind(word, 0, place)


def _is_supposed(before: str, said: str) -> bool:
    """Whether "the answer is" tells what somebody might think, or would hold otherwise."""
    return _SUPPOSED.search(before) is not None or ("would" in said and _SUPPOSITION.search(before) is not None)


def boxes(text: str) -> Iterator[tuple[int, str]]:
    r"""Where each balanced `\boxed{…}` (or `\boxed 7`, `\fbox{…}`) begins, and what it holds, the last one first."""
    if "\\box" not in text and "\\fbox" not in text:
        return
    closings = _closings(text)
    for match in reversed(list(BOXED.finditer(text))):
        if text[match.end()] != "{":
            yield match.start(), text[match.end()]
            continue
        end = closings.get(match.end())
        if end is not None and end - match.end() <= LONGEST_BOX:
            yield match.start(), text[match.end() + 1 : end].strip()


def last_boxed(text: str) -> str | None:
    r"""The content of the last balanced `\boxed{…}`, or None where there is none."""
    return next((inside for _, inside in boxes(text)), None)


def last_sentences(text: str) -> Iterator[str]:
    """The sentences and lines of a text, the last one first; only its end is looked at."""
    sentences = [one.strip() for one in _SENTENCE_END.split(text[-2000:]) if any(map(str.isalnum, one))]
    while len(sentences) > 1 and _FOLLOW_UP.match(sentences[-1]):
        sentences.pop()
    yield from reversed(sentences)


def _closings(text: str) -> dict[int, int]:
    """Where each closed brace opens → where it closes, in one pass whatever the text; escaped braces are text."""
    opened: list[int] = []
    closings = {}
    for index, character in enumerate(text):
        if character not in "{}" or (text[index - 1 : index] == "\\" and text[index - 2 : index - 1] != "\\"):
            continue
        if character == "{":
            opened.append(index)
        elif opened:
            closings[opened.pop()] = index
    return closings
