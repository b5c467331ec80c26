r"""The contract: where in a text an answer is stated, whatever its kind.

In this order: `boxed`, the last `\boxed{…}`; `hashes`, GSM8K's `#### 42`; `stated`, the last of "the answer is …",
"Answer: …", {"answer": …}, <answer>…</answer>; `whole`, a text that is nothing but an answer. What a text says besides
is for the kinds' fallbacks, which look at its last sentences.
"""

import re
from collections.abc import Iterator

LONGEST = 200
LONGEST_BOX = 4000
_READ_FROM_END = 2000

_NEXT_PROBLEM = re.compile(
    r"(?P<asks>\n[ \t*_#>]{0,8}(?:(?:[a-z'’]{1,8}[\s,:]{1,3}){0,3}(?:next|another|new|similar|practice|bonus)\s)?"
    r"(?:(?:problem|question|exercise|task)(?:\s\d{1,3})?|Q|User|Human|Input|Instruction)[*_]{0,2}\s?:"
    r"|\n[ \t]*###\s?(?:Instruction|Input|Question|Problem|User|Human)\b"
    r"|\n[ \t*_#>]{1,8}(?:(?:next|another|new|similar|practice|bonus)\s)?(?:problem|exercise)s?(?:\s\d{1,3})?[*_]{0,2}\s*[.:]?[*_]{0,2}(?=\s*\n|\s[A-Z]))"
    r"|<\|[a-z_]{1,20}\|>|</s>|<eos>|<(?:end|start)_of_turn>|\[/?INST\]|I hope it is correct",
    re.I,
)
"""Where a model goes on to invent another problem, or its turn ends."""

_ANSWERED = re.compile(
    r"(?:nswer\s+is\b[^\n]{1,80}|\\boxed\{[^\n]{1,80})\n[ \t]*\n\s*"
    r"(?=(?!Wait|Hmm|Hold|But|Let|Is\s+(?:that|this)|So\b)[A-Z][^\n]{12,800}\?)"
)
"""An answer that ends its paragraph, before one that asks something new."""

_IS = re.compile(
    r"s?(?:\s+(?:choice|option|letter|here))?(?:\s*\([^()\n]{2,40}\))?"
    r"(?:\s*,[^,.\n]{1,40},|\s+(?:to|for|of(?!\s+\$?\d)|in|from|that|which|we|as)\b[^.\n]{1,80}?(?<![a-z]))?[\s*_]{0,4}"
    r"(?:(?:is|was|are|equals|becomes|(?:should|would|must|will|can(?:\s+only)?|has\s+to)\s+be)(?![a-z])|(?-i:is(?=[A-Z\d(]))|=|≈)[\s*_]{0,4}"
    r"(?:\s*(?:therefore|thus|then|simply|just|still|also|indeed|most\s+likely|equal\s+to|given\s+by)\b)?\s*:?",
    re.I,
)
_COLON = re.compile(
    r"s?(?:\s+(?:choice|option|letter))?(?:\s*\([^()\n]{1,40}\))?[*_\"']{0,3}\s?[:=：][*_]{0,3}|\**\s*\n"
    r"|>(?=[^<]*</)|\s+(?=\(?[A-Z]\b)",
    re.I,
)
_WORDS = ("nswer", "NSWER", "Ans", "ANS")
_CHOICE_WORDS = ("ption", "PTION", "hoice")
_QUALIFIED = re.compile(r"\b(?:correct|right|best|final|likely|appropriate|suitable)\s+(?:answer\s+)?\S?$", re.I)
_NOT_STATED = re.compile(
    r"\b(?:check|verify)(?:ing)?\s+(?:(?:the|our|your|my|that|if)\s+)?a?$"
    r"|\b(?:(?:might|may|could|would)\s+(?:\w+\s+)?(?:think|say|assume|guess)|mistake|tempt\w+)\b(?:(?!\bbut\b)[^.!?\n])*$"
    r"|\b(?:not|wrong|incorrect)\s+(?:the\s+)?a?$",
    re.I,
)
"""Leads up to an answer that the text does not give: "you might think the answer is 9"."""
_JSON_KEY = re.compile(
    r"[{,]\s*[\"'](?:[a-z]+_)?(?:label|choice|option|prediction|result|solution|response|verdict|output)[\"']\s*:\s*"
    r"(\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|[^\s\"',{}\[\]]{1,40})\s*(?=[,}])",
    re.I,
)
_HASHES = re.compile(r"####\s?([^\n]{1,120})")
_BOX = re.compile(r"\\(?:boxed|fbox)\s?(?=[{\w])")
_BETWEEN_BOXES = re.compile(
    r"(?:[\s$,;:.*&}]|\\[()\[\],;!]|\\q?quad|\b(?:and|or|for|part|answer)\b|\(?\b[a-z]\b\)|\b[a-z]\s*=|\d\.\s)*"
    r"|(?=.*?(?:,|\band\b|\bor\b))(?:(?!\b(?:so|then|thus|hence|therefore|but|not|no|which|we|i|it|get|gives|final|wait|total|altogether)\b)[^.!?\n]){0,60}", re.I
)
_LABEL_LINE = re.compile(r"(?:^|\n)[ \t*_]{0,4}A[*_]{0,2}:[*_ ]{0,3}([^\n]{1,200})")

GIVES_UP = re.compile(
    r"\b(?:cannot|can't|can\s?not|could\s+not|unable\s+to|(?:not\s+possible|impossible|no\s+way|not\s+able)\s+to)\s+(?:be\s+)?"
    r"(?:\w+ly\s+)?(?:determin|calculat|answer|solve|know|say|tell|provide|assist|help|comply)"
    r"|(?:\bnot\s+enough|n['’]t\s+enough|\binsufficient|not\s+sufficient)\s+(?:information|data)|\b(?:do\s+not|don't)\s+know"
    r"|\bnot\s+(?:sure|(?:\w+\s+)?listed|given|among)\b|\b(?:mistake|error)\s+in\s+the\s+(?:question|problem|information)\b"
    r"|\bplease\s+(?:provide|check|clarify)\b|\b(?:unclear|unknown|undetermined|indeterminate)\b",
    re.I,
)
"""Says that there will be no answer."""

_DRAWN = re.compile(
    r"\b(?:so|therefore|thus|hence)\b,?\s(?!(?:the|our|my)\sanswer\sis)[^.\n]*\d|\b(?:revised|final|adjust\w*|actually)\b", re.I
)
_CHECKS = re.compile(
    r"(?:\n|(?<=[.!?])\s)\W*(?:step\s\d+\W*|\d+[.)]\W*)?(?:(?:(?:let['’]?s\s|let\sus\s|to\s|we\scan\s)?(?:double-?\s?)?(?:check|verify|verification)(?:ing)?\b)"
    r"|(?:explanation|confidence|difficulty|note|source)\W*:)", re.I
)
_BOLD = re.compile(r"\*\*([^*\n]{1,120}?)\*\*:?")

_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\bi\.e\.)(?<!\be\.g\.)(?<!\b(?:Mr|Ms|Dr|St|vs|Jr|Sr|Rs)\.)(?<!\bMrs\.)(?<!\bU\.S\.)(?:\s+|(?<![A-Z]\.)(?=[A-Z]))"
    r"|(?<=[.!?][\"'”’)*$])\s+|(?<=\.\\[\])])\s*|\n+"
)
_FOLLOW_UP = re.compile(
    r"\W*(?:I\s+)?(?:let\s+me\s+know|feel\s+free|would\s+you\s+like|do\s+you\s+(?:want|have|need)|if\s+you\s+(?:have|need|want)\s+(?:any|more|another)|hope\s+(?:this|that))\b",
    re.I,
)
_TABLE_ROW = re.compile(r"\|.*\|$")
_ENDED = re.compile(r"(?:[.!?…。！？)\]}”\"'’*_`$>✅✓✔🎉]|\\[\])])$")
_LIST_MARK = re.compile(r"(?:^|\n)\s*(?:\d{1,2}|[A-Za-z])[.)]$")
_WORD = re.compile(r"[A-Za-z]{2,}")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_DASH = re.compile(r"^[-*•]\s+")
_FEW_WORDS, _FEWER_WORDS = 6, 2


def before_next_problem(text: str) -> str:
    r"""The text up to where its model goes on to invent another problem.

    >>> before_next_problem("The answer is 4.\nQuestion: Tom has 3. How many?")
    'The answer is 4.'
    """
    for match in _NEXT_PROBLEM.finditer(text):
        before = text[: match.start()].rstrip()
        if before and not before.endswith(":") and any(map(str.isalnum, before)) and not (match["asks"] and breaks_off(before)):
            return before
    answered = _ANSWERED.search(text)
    return text[: answered.end()].rstrip() if answered and "?" not in text[: answered.start()] else text


def without_checks(text: str) -> str:
    r"""The text without a check, explanation or remark behind its answer, where that draws no other.

    >>> without_checks("So he has 9.\nCheck: 4 + 5 = 9.")
    'So he has 9.'
    """
    checks = _CHECKS.search(text)
    if checks and any(map(str.isdigit, text[: checks.start()])) and not _DRAWN.search(text, checks.end()):
        return text[: checks.start()].rstrip()
    return text


def bold(sentence: str) -> list[str]:
    """What a sentence puts in bold type, labels ("**Total:**") aside."""
    return [said[1] for said in _BOLD.finditer(sentence) if not said[0].endswith(":") and not said[1].endswith(":")]


def breaks_off(text: str) -> bool:
    """Whether a text ends in the middle of a sentence; a last line of few words needs no full stop.

    >>> breaks_off("He has 48 pens. Then he gives 6"), breaks_off("He has 48 pens.\\nTotal: 48 pens")
    (True, False)
    """
    text = text.rstrip()
    last = _BULLET.sub("", text[text.rfind("\n") + 1 :])
    if _ENDED.search(text[-3:]) and not (_LIST_MARK.search(text[-8:]) and "\n" in text):
        return False
    if ". " in last or _LIST_MARK.search(text[-8:]):
        return True
    if any(map(str.isdigit, last)) or last == text:
        return len(set(_WORD.findall(last.rpartition(":")[2]))) > _FEW_WORDS
    return len(_WORD.findall(last)) > _FEWER_WORDS


def boxed(text: str) -> list[str] | None:
    r"""What the last `\boxed{…}` holds, or each of a row of boxes; none where there is none, None where the last one is
    never closed: then nothing is stated.

    >>> boxed(r"\boxed{3}. So \boxed{1} and \boxed{\frac12}"), boxed(r"\boxed{3}, so \boxed{"), boxed("3")
    (['1', '\\frac12'], None, [])
    """
    if "\\boxed" not in text and "\\fbox" not in text:
        return []
    closings, row, after = _closings(text), [], len(text)
    for match in reversed(list(_BOX.finditer(text))):
        begin = match.end()
        end = closings.get(begin) if text[begin] == "{" else begin
        if row and (end is None or not _BETWEEN_BOXES.fullmatch(text, end + 1, after)):
            break
        if end is None or end - begin > LONGEST_BOX:
            return None
        row.insert(0, text[begin + 1 : end].strip() if end > begin else text[begin])
        after = match.start()
    return list(dict.fromkeys(row))


def last_boxed(text: str) -> str | None:
    r"""What the last closed `\boxed{…}` of a text holds, or None where there is none."""
    found = boxed(text)
    return found[-1] if found else None


def hashes(text: str) -> Iterator[str]:
    """What stands behind each `####` of a text, the first one first: what follows it is another problem."""
    return (match[1] for match in _HASHES.finditer(text)) if "####" in text else iter(())


def stated(text: str, choice: bool = False) -> Iterator[str]:
    """What stands behind each statement of an answer, the last one first; with `choice` also behind "the correct
    option is".

    >>> list(stated("The answer is 5. No, the final answer: 6."))
    ['6.', '5. No, the final ']
    """
    end = len(text)
    words = [(word, None) for word in _WORDS] + [(word, _QUALIFIED) for word in _CHOICE_WORDS if choice]
    places = sorted(
        ((match_at, len(word), before) for word, before in words for match_at in _all(text, word)), reverse=True
    )
    for place, length, qualified in places:
        if length == 3 and (text[place - 1 : place].isalpha() or not text[place + 3 : place + 5].startswith((":", ".", " ", "*"))):
            continue
        match = _IS.match(text, place + length) or _COLON.match(text, place + length)
        before = text[max(0, place - 150) : place]
        if match is None or (qualified and not qualified.search(before)) or _NOT_STATED.search(before):
            continue
        said = text[match.end() : min(end, match.end() + LONGEST)].lstrip(" \n\t*_")
        end = place
        said = _DASH.sub("", said).partition("\n")[0].partition("</")[0]
        if not said.rstrip().endswith("?"):
            yield said
    if "A:" in text or "A*" in text:
        yield from (match[1] for match in reversed(list(_LABEL_LINE.finditer(text))))
    if "{" in text and len(values := _JSON_KEY.findall(text)) == 1:
        yield values[0].strip("\"'")


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text's end, the last one first, offers of help and rows of tables left out."""
    found = [_BULLET.sub("", one).strip() for one in _SENTENCE_END.split(text[-_READ_FROM_END:]) if any(map(str.isalnum, one))]
    while len(found) > 1 and _FOLLOW_UP.match(found[-1]):
        found.pop()
    return [one for one in reversed(found) if not _TABLE_ROW.match(one)]


def _all(text: str, word: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


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
