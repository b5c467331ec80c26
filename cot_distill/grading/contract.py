r"""The contract: where in a text an answer is stated, whatever its kind.

In this order: the last `\boxed{…}`; GSM8K's `#### 42`; the last of "the answer is …", "Answer: …", {"answer": …},
<answer>…</answer>. What a text says besides is for the kinds' fallbacks, which look at its last sentences.
"""

import re
from collections.abc import Iterator

_LONGEST, _LONGEST_BOX, _READ_FROM_END = 200, 4000, 2000
_ANOTHER = r"(?:(?:[a-z'’]{1,8}[\s,:]{1,3}){0,3}(?:next|another|new|similar|practice|bonus)\s)?"
_NEXT_PROBLEM = re.compile(
    rf"(?P<asks>\n[ \t*_#>]{{0,8}}{_ANOTHER}"
    r"(?:(?:problem|question|exercise|task)(?:\s\d{1,3})?|Q|User|Human|Input|Instruction)[*_]{0,2}\s?:"
    rf"|\n[ \t*_#>]{{1,8}}{_ANOTHER}(?:problem|exercise)s?(?:\s\d{{1,3}})?"
    r"[*_]{0,2}\s*[.:]?[*_]{0,2}(?=\s*\n|\s[A-Z])"
    r"|\n[ \t]*###\s?(?:Instruction|Input|Question|Problem|User|Human)\b)"
    r"|<\|[a-z_]{1,20}\|>|</s>|<eos>|<(?:end|start)_of_turn>|\[/?INST\]|I hope it is correct",
    re.I,
)
_ANSWERED = re.compile(
    r"(?:nswer\s+is\b[^\n]{1,80}|\\boxed\{[^\n]{1,80})\n[ \t]*\n\s*"
    r"(?=(?!Wait|Hmm|Hold|But|Let|Is\s+(?:that|this)|So\b)[A-Z][^\n]{12,800}\?)"
)
"""An answer that ends its paragraph, before one that asks something new."""

_BOX = re.compile(r"\\(?:boxed|fbox)\s?(?=[{\w])")
_BETWEEN_BOXES = re.compile(
    r"(?:[\s$,;:.*&}]|\\[()\[\],;!]|\\q?quad|\b(?:and|or|for|part|answer)\b|\(?\b[a-z]\b\)|\b[a-z]\s*=|\d\.\s)*"
    r"|(?=.*?(?:,|\band\b|\bor\b))(?:(?!\b(?:so|then|thus|hence|therefore|but|not?|which|we|i|it|get|gives|final|wait|total|altogether)\b)[^.!?\n]){0,60}",
    re.I,
)
_HASHES = re.compile(r"####\s?(?!\s*(?:step|part|problem|solution|explanation|case)\b)([^\n]{1,120})", re.I)
_IS = re.compile(
    r"s?(?:\s+(?:choice|option|letter|here))?(?:\s*\([^()\n]{2,40}\))?"
    r"(?:\s*,[^,.\n]{1,40},|\s+(?:to|for|of(?!\s+\$?\d)|in|from|that|which|we|as)\b[^.\n]{1,80}?(?<![a-z]))?"
    r"(?:[ \t*_]|\n(?!\n)){0,4}"
    r"(?:(?:is|was|are|equals|becomes|(?:should|would|must|will|can(?:\s+only)?|has\s+to)\s+be)(?![a-z])|(?-i:is(?=[A-Z\d(]))|=|≈)[\s*_]{0,4}"
    r"(?:\s*(?:therefore|thus|then|simply|just|still|also|indeed|most\s+likely|equal\s+to|given\s+by)\b)?\s*:?",
    re.I,
)
_COLON = re.compile(
    r"s?(?:\s+(?:choice|option|letter))?(?:\s*\([^()\n]{1,40}\))?[*_\"']{0,3}\s?[:=：][*_]{0,3}|\**\s*\n"
    r"|>(?=[^<]*</)|\s+(?=\(?[A-Z]\b)",
    re.I,
)
_SHORT = re.compile(r"(?<![A-Za-z])[A-Za-z]{3}[ *]*[:.]")
_QUALIFIED = re.compile(r"\b(?:correct|right|best|final|likely|appropriate|suitable)\s+(?:answer\s+)?\S?$", re.I)
_IS_CORRECT = re.compile(
    r"(?<![\w'’])(?:\(([A-Za-z])\)|([A-Z]))[*)]{0,3}(?:\s\([^()\n]{2,60}\)|[:.]\s[^.\n]{1,60}?)?\s(?:is|must\sbe|would\sbe)\s"
    r"(?:(?:therefore|clearly|thus)\s)?(?:correct|right|the\s(?:(?:correct|right|best|better|most\s\w+)\b|(?:only\s)?answer\b))"
)
_NOT_STATED = re.compile(
    r"\b(?:check|verify)(?:ing)?\s+(?:(?:the|our|your|my|that|if)\s+)?a?$|\b(?:not|wrong|incorrect)\s+(?:the\s+)?a?$"
    r"|\b(?:(?:might|may|could|would)\s+(?:\w+\s+)?(?:think|say|assume|guess)|mistake|tempt\w+)\b(?:(?!\bbut\b)[^.!?\n])*$",
    re.I,
)
"""Leads up to an answer that the text does not give: "you might think the answer is 9"."""
_JSON_KEY = re.compile(
    r"[{,]\s*[\"'](?:[a-z]+_)?(?:label|choice|option|prediction|result|solution|response|verdict|output)[\"']\s*:\s*"
    r"(\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|[^\s\"',{}\[\]]{1,40})\s*(?=[,}])",
    re.I,
)
_LABEL_LINE = re.compile(r"(?:^|\n)[ \t*_]{0,4}A[*_]{0,2}:[*_ ]{0,3}([^\n]{1,200})")
GIVES_UP = re.compile(
    r"\b(?:can(?:not|'t|\snot)|could\s+not|(?:unable|not\s+possible|impossible|no\s+way|not\s+able)\s+to)\s+(?:be\s+)?"
    r"(?:\w+ly\s+)?(?:determin|calculat|answer|solve|know|say|tell|provide|assist|help|comply)"
    r"|(?:\bnot\s+enough|n['’]t\s+enough|\binsufficient|not\s+sufficient)\s+(?:information|data)|\b(?:do\s+not|don't)\s+know"
    r"|\bnot\s+(?:sure|(?:\w+\s+)?(?:listed|given|determined)|among)\b|\b(?:mistake|error)\s+in\s+the\s+(?:question|problem|information)\b"
    r"|\bplease\s+(?:provide|check|clarify)\b|\bn/a\b"
    r"|(?:^\W*|\b(?:is|are|be|remains?)\s+(?:\w+ly\s+)?)(?:unclear|unknown|undetermined|indeterminate|inadequate)\b|\binadequate\W*$",
    re.I,
)
"""Says that there will be no answer."""

_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\bi\.e\.)(?<!\be\.g\.)(?<!\b(?:Mr|Ms|Dr|St|vs|Jr|Sr|Rs)\.)(?<!\bMrs\.)(?<!\bU\.S\.)(?:\s+|(?<![A-Z]\.)(?=[A-Z]))"
    r"|(?<=[.!?][\"'”’)*$])\s+|(?<=\.\\[\])])\s*|\n+"
)
_FOLLOW_UP = re.compile(
    r"\W*(?:I\s+)?(?:let\s+me\s+know|feel\s+free|would\s+you\s+like|do\s+you\s+(?:want|have|need)|hope\s+(?:this|that)"
    r"|if\s+you\s+(?:have|need|want)\s+(?:any|more|another))\b",
    re.I,
)
_TABLE_ROW = re.compile(r"\|.*\|$")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_BOLD = re.compile(r"\*\*([^*\n]{1,120}?)\*\*:?")
_CHECKS = re.compile(
    r"(?:\n|(?<=[.!?])\s)\W{0,6}(?:step\s\d{1,2}\W{0,4}|\d{1,2}[.)]\W{0,4})?"
    r"(?:(?:(?:let['’]?s\s|let\sus\s|to\s|we\scan\s)?(?:double-?\s?)?(?:check|verify|verification)(?:ing)?\b)"
    r"|(?:explanation|confidence|difficulty|note|source)\W{0,4}:)",
    re.I,
)
_DRAWN = re.compile(
    r"\b(?:so|therefore|thus|hence)\b,?\s(?!(?:the|our|my)\sanswer\sis)[^.\n]{0,200}\d|\b(?:revised|final\sanswer|adjust\w*|actually)\b",
    re.I,
)
_ENDED = re.compile(r"(?:[.!?…。！？)\]}”\"'’*_`$>✅✓✔🎉]|\\[\])])$")
_LIST_MARK = re.compile(r"\n\s*(?:\d{1,2}|[A-Za-z])[.)]$")
_VALUE_LINE = re.compile(
    r"(?:[^\n]{1,200}=|(?!step\b)[^\n:]{1,80}:|(?:so|thus|hence|therefore),?\s|[>→\-\s]*)\W*"
    r"(?:\d[\d.,/]*%?(?:\s+[a-z]{2,}){0,4}|[A-Z]|yes|no|true|false)\W*",
    re.I,
)
"""A line that needs no full stop: "Total: 48 pens", "x = 5", "So B"."""
_WORD = re.compile(r"[A-Za-z]{2,}")
_FEW_WORDS, _MOST_WORDS = 6, 11


def before_next_problem(text: str) -> str:
    r"""The text up to where its model goes on to invent another problem: "\nQuestion: Tom has 3."."""
    for match in _NEXT_PROBLEM.finditer(text):
        before = text[: match.start()].rstrip()
        leads_up = before.endswith(":") or (match["asks"] and breaks_off(before))
        if any(map(str.isalnum, before)) and not leads_up:
            return before
    answered = _ANSWERED.search(text)
    return text[: answered.end()].rstrip() if answered and "?" not in text[: answered.start()] else text


def breaks_off(text: str) -> bool:
    """Whether a text ends in the middle of a sentence: "He has 48. Then he gives 6"."""
    text = text.rstrip()
    last = _BULLET.sub("", text[text.rfind("\n") + 1 :])
    if _LIST_MARK.search(text[-8:]):
        return True
    if _ENDED.search(text[-3:]):
        return False
    words = len(_WORD.findall(last))
    if ". " in last or text[-1:] in (",", ";", ":", "(", "/", "+", "-", "=") or words > _MOST_WORDS:
        return True
    return not _VALUE_LINE.fullmatch(last) and (last != text or words > _FEW_WORDS)


def boxed(text: str) -> list[str] | None:
    r"""What the last `\boxed{…}` holds, or each of a row of boxes (`\boxed{1}, \boxed{2}`); none where there is none,
    None where the last one is never closed: then nothing is stated."""
    if "\\boxed" not in text and "\\fbox" not in text:
        return []
    row: list[str] = []
    closings, after = _closings(text), len(text)
    for match in reversed(list(_BOX.finditer(text))):
        begin = match.end()
        end = closings.get(begin) if text[begin] == "{" else begin
        if row and (end is None or after - end > _LONGEST or not _BETWEEN_BOXES.fullmatch(text, end + 1, after)):
            break
        if end is None or end - begin > _LONGEST_BOX:
            return None
        row.insert(0, text[begin + 1 : end].strip() if end > begin else text[begin])
        after = match.start()
    return list(dict.fromkeys(row))


def hashes(text: str) -> Iterator[str]:
    """What stands behind each `####` of a text, the first one first: what follows it is another problem."""
    return (match[1] for match in _HASHES.finditer(text)) if "####" in text else iter(())


def stated(text: str, choice: bool = False) -> Iterator[str]:
    """What stands behind each statement of an answer, the last one first: "6." of "the final answer: 6."; with `choice`
    also behind "the correct option is", and before "is the correct answer"."""
    end, places = len(text), [place for word in ("nswer", "NSWER") for place in _all(text, word)]
    short = [place - 2 for word in ("Ans", "ANS", "ans") for place in _all(text, word) if _SHORT.match(text, place)]
    options = [place for word in ("ption", "PTION", "hoice") for place in _all(text, word)] if choice else []
    for place in sorted([*places, *short, *options], reverse=True):
        match = _IS.match(text, place + 5) or _COLON.match(text, place + 5)
        before = text[max(0, place - 150, text.rfind(".", 0, place) + 1) : place]
        qualified = place not in options or _QUALIFIED.search(before)
        if (match is None and place not in short) or not qualified or _NOT_STATED.search(before):
            continue
        behind = match.end() if match else place + 6
        said = text[behind : min(end, behind + _LONGEST)].lstrip(" \n\t*_")
        end = place
        said = said.removeprefix("- ").removeprefix("• ").partition("\n")[0].partition("</")[0]
        if not said.rstrip().endswith("?"):
            yield said
    if choice:
        yield from (next(filter(None, match.groups())) for match in reversed(list(_IS_CORRECT.finditer(text))))
    if "A:" in text or "A*" in text:
        yield from (match[1] for match in reversed(list(_LABEL_LINE.finditer(text))))
    if "{" in text and len(values := _JSON_KEY.findall(text)) == 1:
        yield values[0].strip("\"'")


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text's end, the last one first, offers of help and rows of tables left out."""
    found = [
        _BULLET.sub("", one).strip()
        for one in _SENTENCE_END.split(text[-_READ_FROM_END:])
        if any(map(str.isalnum, one))
    ]
    while len(found) > 1 and _FOLLOW_UP.match(found[-1]):
        found.pop()
    return [one for one in reversed(found) if not _TABLE_ROW.match(one)]


def without_checks(text: str) -> str:
    r"""The text without a check, explanation or remark behind its answer that draws no other: "\nCheck: 4 + 5 = 9."."""
    checks = _CHECKS.search(text)
    if checks and any(map(str.isdigit, text[: checks.start()])) and not _DRAWN.search(text, checks.end()):
        return text[: checks.start()].rstrip()
    return text


def bold(sentence: str) -> list[str]:
    """What a sentence puts in bold type, labels ("**Total:**") aside."""
    return [said[1] for said in _BOLD.finditer(sentence) if not said[0].endswith(":") and not said[1].endswith(":")]


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
