r"""The contract: where in a text an answer is stated, whatever its kind.

In this order: the last `\boxed{…}`; GSM8K's `#### 42`; the last of "the answer is …", "Answer: …", {"answer": …},
<answer>…</answer>. If a text has none of these, the kind's fallbacks look at its last sentences.
"""

import re
from collections.abc import Iterator

_LONGEST, _LONGEST_BOX, READ_FROM_END = 200, 4000, 2000
_NEXT_PROBLEM = re.compile(
    r"(?P<asks>\n[ \t*_#>]{0,8}(?:(?:next|another|new|similar|practice|bonus)\s)?"
    r"(?:problem|question|exercise|task|Q|User|Human|Input|Instruction)(?:\s\d{1,3})?[*_]{0,2}\s?:"
    r"|\n[ \t]*###\s?(?:Instruction|Input|Question|Problem|User|Human)\b)"
    r"|<\|[a-z_]{1,20}\|>|</s>|<eos>|<(?:end|start)_of_turn>|\[/?INST\]|I hope it is correct",
    re.I,
)
_BOX = re.compile(r"\\(?:boxed|fbox)\s?(?=[{\w])")
_BETWEEN_BOXES = re.compile(
    r"(?:[\s$,;:.*&}()]|\\[()\[\],;!]|\\q?quad|\b(?:and|or|for|part|answer|case)\b|\b[a-z]\b\s*=?|\d)*"
    r"|(?=.*?(?:,|\band\b|\bor\b))(?:(?!\b(?:so|then|thus|hence|therefore|but|not?|which|we|i|it|get|gives|final|wait)\b)[^.!?\n]){0,60}",
    re.I,
)
_HASHES = re.compile(r"####\s?(?!\s*(?:step|part|problem|solution|explanation|case)\b)([^\n]{1,120})", re.I)
_LABEL = re.compile(
    r"[aA](?:nswers?|NSWERS?)|\b[aA](?:ns|NS)\b(?=[\s*]*:)|(?<=\n)A(?=[*_]{0,2}:)"
    r"|(?<=[\"'_])(?:label|choice|option|prediction|result|verdict|output)(?=[\"']\s*:)"
)
"""Names for an answer, in sentences and as a key of JSON."""

_CHOICE = re.compile(
    r"\b(?:correct|right|best|final|likely|appropriate|suitable)\s+(?:answer\s+)?(?:option|choice)", re.I
)
_IS = re.compile(
    r"(?:\s+(?:choice|option|letter|here))?(?:\s*\([^()\n]{2,40}\))?"
    r"(?:\s*,[^,.\n]{1,40},|\s+(?:to|for|of(?!\s+\$?\d)|in|from|that|which|we|as)\b[^.\n]{1,80}?(?<![a-z]))?"
    r"(?:[ \t*_]|\n(?!\n)){0,4}"
    r"(?:(?:is|was|are|equals|becomes|(?:should|would|must|will|can(?:\s+only)?|has\s+to)\s+be)(?![a-z])|(?-i:is(?=[A-Z\d(]))|=|≈)[\s*_]{0,4}"
    r"(?:\s*(?:therefore|thus|then|simply|just|still|also|indeed|most\s+likely|equal\s+to|given\s+by)\b)?\s*:?",
    re.I,
)
_COLON = re.compile(
    r"(?:\s+(?:choice|option|letter))?(?:\s*\([^()\n]{1,40}\))?[*_\"']{0,3}\s?[:=：][*_]{0,3}|\**\s*\n"
    r"|>(?=[^<]*</)|\s+(?=\(?[A-Z]\b)",
    re.I,
)
_IS_CORRECT = re.compile(
    r"(?<![\w'’])\(?([A-Z])[)*]{0,3}\s(?:is|must\sbe)\s(?:therefore\s)?the\s(?:only\s)?(?:correct|right|best)\s(?:answer|option|choice)"
)
_NOT_STATED = re.compile(
    r"\b(?:check|checking|verify|not|wrong|incorrect|think)\s+(?:(?:the|our|my|that|if)\s+){0,2}$", re.I
)
"""Words before "answer" that do not state one: "check the answer", "you may think the answer is 9"."""

GIVES_UP = re.compile(
    r"\b(?:can(?:not|'t|\snot)|could\s+not|(?:unable|not\s+possible|impossible)\s+to)\s+(?:be\s+)?(?:\w+ly\s+)?"
    r"(?:determin|calculat|answer|solve|know|say|tell|provide|assist|help)"
    r"|\b(?:not\s+enough|insufficient|not\s+sufficient)\s+(?:information|data)|\b(?:do\s+not|don't)\s+know\b"
    r"|\bnot\s+(?:sure|given|determined)\b|\bn/a\b|(?:^\W*|\b(?:is|are|be|remains?)\s+)(?:unclear|unknown|undetermined)\b",
    re.I,
)
"""Words that announce that there is no answer."""

_DENIED = re.compile(
    r"(?:\b(?:not|neither|nor|cannot|never|than|instead\s+of|except|unlike|eliminat\w+|rules?\s+out|exclud\w+)\b|n['’]t\b)[^,.;:]*"
    r"|[^.;:]*\b(?:is|are)\s+(?:all\s+|both\s+)?(?:wrong|incorrect)\b",
    re.I,
)
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\bi\.e\.)(?<!\be\.g\.)(?<!\b(?:Mr|Ms|Dr|St|vs|Rs)\.)(?<!\bMrs\.)(?:\s+|(?<![A-Z]\.)(?=[A-Z]))"
    r"|(?<=[.!?][\"'”’)*$])\s+|(?<=\.\\[\])])\s*|\n+"
)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_BOLD = re.compile(r"\*\*([^*\n]{1,120}?)\*\*:?")
_CHECKS = re.compile(
    r"(?:\n|(?<=[.!?])\s)\W{0,6}(?:step\s\d{1,2}\W{0,4}|\d{1,2}[.)]\W{0,4})?"
    r"(?:(?:(?:let['’]?s\s|let\sus\s|to\s|we\scan\s)?(?:double-?\s?)?(?:check|verify|verification)(?:ing)?\b)"
    r"|(?:explanation|confidence|difficulty|note|source)\W{0,4}:)"
    r"|(?<=[.!])\s{1,3}[^\n.]{0,80}:\s{0,3}\n(?:[ \t\n]{0,3}(?:[-*•]|\d{1,2}[.)])[^\n=]*(?:\n|$)){2,}\s*$",
    re.I,
)
_DRAWN = re.compile(r"\b(?:so|therefore|thus|hence|revised|final\sanswer|actually)\b[^.\n]*\d", re.I)
_ENDED = re.compile(r"(?:(?<!\n\w)[.)]|[!?…。！？\]}”\"'’*_`$>✅✓✔🎉]|\\[\])])$")
_VALUE_LINE = re.compile(
    r"(?:[^\n]{1,200}=|(?!step\b)[^\n:]{1,80}:|(?:so|thus|hence|therefore),?\s|[>→\-\s]*)\W*"
    r"(?:\d(?:[\d.,/]*\d)?%?(?:\s+[a-z]{2,}){0,4}|[A-Z]|yes|no|true|false)",
    re.I,
)
"""A line that is complete without a full stop: "Total: 48 pens", "x = 5", "So B"."""
_WORD = re.compile(r"[A-Za-z]{2,}")
_FEW_WORDS = 6


def before_next_problem(text: str) -> str:
    r"""The text up to the place where its model begins to invent another problem: "\nQuestion: Tom has 3."."""
    for match in _NEXT_PROBLEM.finditer(text):
        before = text[: match.start()].rstrip()
        leads_up = before.endswith(":") or (match["asks"] and breaks_off(before))
        if any(map(str.isalnum, before)) and not leads_up:
            return before
    return text


def breaks_off(text: str) -> bool:
    """Whether a text ends in the middle of a sentence: "He has 48. Then he gives 6"."""
    text = text.rstrip()
    last = _BULLET.sub("", text[text.rfind("\n") + 1 :])
    is_short = ". " not in text and len(_WORD.findall(text)) <= _FEW_WORDS
    is_short = is_short and not text.endswith((",", ";", ":", "(", "/", "+", "-", "="))
    return not (is_short or _ENDED.search(text, max(0, len(text) - 3)) or _VALUE_LINE.fullmatch(last))


def boxed(text: str) -> list[str] | None:
    r"""The content of the last `\boxed{…}`, or of each box of a row (`\boxed{1}, \boxed{2}`). Empty if there is no box;
    None if the last one is not closed: then nothing is stated."""
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
    """The text after each `####`, from the first one on. After the first one, another problem follows."""
    return (match[1] for match in _HASHES.finditer(text)) if "####" in text else iter(())


def stated(text: str, choice: bool = False) -> Iterator[str]:
    """The text after each statement of an answer, from the last one back: "6." of "the final answer: 6.". With `choice`
    also the text after "the correct option is" and before "is the correct answer"."""
    end, labels = len(text), [*_LABEL.finditer(text), *(_CHOICE.finditer(text) if choice else ())]
    for label in sorted(labels, key=re.Match.start, reverse=True):
        match = _IS.match(text, label.end()) or _COLON.match(text, label.end())
        begin = max(0, label.start() - 150, text.rfind(".", 0, label.start()) + 1)
        if match is None or (choice and label[0] == "A") or _NOT_STATED.search(text[begin : label.start()]):
            continue
        said = text[match.end() : min(end, match.end() + _LONGEST)].lstrip(" \n\t*_")
        end = label.start()
        said = said.removeprefix("- ").removeprefix("• ").partition("\n")[0].partition("</")[0]
        if choice or not said.rstrip().endswith("?"):
            yield said
    yield from reversed(_IS_CORRECT.findall(text)) if choice else ()


def sentences(text: str) -> list[str]:
    """The sentences and lines at a text's end, from the last one back. Rows of tables are left out. Questions are left
    out if there is anything else."""
    found = (_BULLET.sub("", one).strip() for one in reversed(_SENTENCE_END.split(text[-READ_FROM_END:])))
    kept = [one for one in found if any(map(str.isalnum, one)) and one[0] != "|"]
    return [one for one in kept if not one.endswith("?")] or kept


def without_checks(text: str) -> str:
    r"""The text without a check or remark after its answer that concludes nothing else: "\nCheck: 4 + 5 = 9."."""
    checks = _CHECKS.search(text)
    if checks and any(map(str.isdigit, text[: checks.start()])) and not _DRAWN.search(text, checks.end()):
        return text[: checks.start()].rstrip()
    return text


def closing(text: str) -> Iterator[tuple[str, bool]]:
    """The bold parts of the last sentence (with True), then that sentence, then the one before it, and so on, without
    checks. "So he has **12** pens." gives "12" and then itself."""
    for sentence in sentences(without_checks(text)):
        for bold in reversed(list(_BOLD.finditer(sentence))):
            if not bold[0].endswith(":") and not bold[1].endswith(":"):
                yield bold[1], True
        yield sentence, False


def without_denied(sentence: str) -> str:
    """A sentence without the parts that it denies or compares with: "B, not A" is "B, "."""
    return _DENIED.sub(" ", sentence)


def _closings(text: str) -> dict[int, int]:
    """Index of each opening brace → index of its closing one. One pass for any text; escaped braces are text."""
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
