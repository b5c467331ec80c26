"""Reading the letter of a choice from a completion, also where only the choice's text is stated."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator

from cot_distill.grading import chain, clauses, number, spans
from cot_distill.grading.chain import Found, Reading, Undecided
from cot_distill.grading.choices import (
    Choices,
    all_numbers,
    by_text,
    by_value,
    by_values,
    in_other_words,
    named,
    none_of_these,
    only_named,
    only_value,
    undetermined,
)

_LATEX = re.compile(
    r"\\(?:text(?:bf|rm|it)?|math(?:bf|rm|it)|mbox|boxed|left|right|displaystyle)|\\[()\[\],!;: ]|[{}$]"
)
_LETTER = re.compile(
    r"[\s*\"'“‘`$:=.,–\-_#]*(?:(?:[Ii]t(?:\s+is|['’]s)|[Ii]s|[Ee]ither|[Pp]robably|[Ll]ikely|[Mm]ost\s+likely)\s+)?"
    r"(?:(?:[Tt]he\s+)?(?:[Oo]ption|OPTION|[Cc]hoice|[Ll]etter|[Aa]nswer)\s*(?:is\s+)?[:\-]?\s*)?"
    r"[\s*\"'“‘`(\[]*([A-Z])(?![A-Za-z]|['’][a-z]|\.\w)"
    r"|[\s*\"'“‘`]*(?:(?:the\s+)?(?:option|choice|letter)\s*)?[\s*\"'“‘`]*(?:[(\[]([a-z])[)\]]|([a-z])\))"
    r"|[\s*\"'“‘`]*(?:(?:the\s+)?(?:option|choice|letter)\s*|[Ii]t(?:\s+is|['’]s)\s+)?([a-z])[\s.*\"'`”’]*$"
)
_OTHER = re.compile(
    r"[\s*)\].\"']{0,4}(?:(?:or|and)\s+|/\s*|&\s*)(?:possibly\s+|option\s+|choice\s+)?[*\"'(\[]{0,3}([A-Za-z])(?=\W{0,3}(?:$|[.,;)]|are\b|both\b))"
)
_BOTH = re.compile(r"\W*(?:both|either|all\s+of)\s+(?:options?\s+|choices?\s+)?\W?[A-Z]\W?\s*(?:and|or|&|,)\s", re.I)
_THAT_IS = re.compile(r"(?:\bi\.?\s?e\.?|\b[Oo]ption|\b[Cc]hoice|[(\[=])[\s,:'\"]*\(?([A-Z])(?![A-Za-z]|['’][a-z])")
_AT_END = re.compile(r"(?:[\d.)=:]|\b(?:[Aa]ns|[Hh]ence|[Ss]o|[Ii]s))\s*\(?([A-Z])[)\s.:]*$")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "1", "2", "3", "4", "5")
_ORDINAL = re.compile(
    r"\W*(?:it['’]s\s+)?(?:the\s+)?(?=(?:\w+\s+)?(?:option|choice)\b)(?:option\s+|choice\s+)?(first|second|third|fourth|fifth|[1-5])\b",
    re.I,
)
_NOT = re.compile(r"\W*(?:not|n't|neither)\b", re.I)
_BUT = re.compile(r"\b(?:but|rather)\b[\s,]*(?:rather\s+|it\s+is\s+|is\s+)*", re.I)
_REFUSED = re.compile(
    r"\W*(?:that\s+)?(?:it\s+)?(?:is\s+)?(?:unclear|unknown|undetermined|not\s+(?:known|given|clear|possible|provided|enough|specified|among|listed|in\s+the)"
    r"|insufficient|impossible|cannot\s+be|can't\s+be|n/a\b)",
    re.I,
)
_NAMED = re.compile(
    r"\b(?:[Oo]ption|[Cc]hoice|[Aa]nswer)?\s*[*(\[\"']{0,3}\b([A-Za-z])[*)\]\"']{0,3}(?:\s*\([^()\n]{2,60}\)|\s*[:.)]\s*[^.\n]{1,80}?(?<![\s(][A-Z]))?\s+(?:is|seems|would\s+be)\s+"
    r"(?:therefore\s+|thus\s+|clearly\s+)?(?:the\s+)?(?!not\b|wrong\b|in)(?:\w+\s+){0,2}?(?:answer|correct|right|best|better|closest|nearest|choice|(?:most\s+)\w+)\b"
    r"|\b(?:[Ss]o|[Tt]hus|[Hh]ence|[Tt]herefore)\b[,:]?\s+(?:it(?:\s+is|['’]s)\s+|that(?:\s+is|['’]s)\s+)?[*(\[\"']{0,3}([A-E])[*)\]\"']{0,3}(?=\s*(?:[.;!:]|$)|,(?!\s*(?:and\s+|or\s+)?\(?[A-E]\b)|\s+it\s+is\b|\s+\()"
    r"|\b[Oo]nly\s+\(?([A-E])\)?\s+(?:is|makes|fits|works|remains)\b"
    r"|(?<![\w'’])\(?([A-E])\)?\s+it\s+(?:is|must\s+be)\b"
)
_CORRECT = re.compile(
    r"\b(?:correct|right|best|final|appropriate|logical|likely|suitable|accurate|closest|matching)\s+(?:answer\s+)?(?:option|choice|letter|one|response|statement)s?"
    r"[^.:\n]{0,40}?\s*(?:is|are|would\s+be|:)\s*"
    r"|\b(?=[csgpm])(?<!many\s)(?<!might\s)(?<!people\s)(?<!students\s)(?<!often\s)(?<!wrongly\s)(?<!most\swould\s)(?<!Most\swould\s)(?<!many\swould\s)(?<!Many\swould\s)(?<!Some\swould\s)(?<!some\swould\s)(?:choose|choosing|chose|select|selecting|pick|go\s+with|corresponds?\s+to|correspond(?:ing)?\s+to|match(?:es|ing)?(?:\s+with)?)\s+(?:the\s+)?(?:answer\s+)?(?=[*(\[\"']*(?:[Oo]ption|[Cc]hoice|[Ll]etter|[A-E]\b|\([a-e]\)))"
    r"|\b(?:option|choice),?\s+which\s+is\s+(?=[*]{0,2}\(?[A-Ea-e]\))|\bclosest\s+(?:\w+\s+)?(?:to|is)\s+|\bapproximately\s+equal\s+to\s+"
    r"|\b(?:[Tt]herefore|[Ss]o|[Tt]hus|[Hh]ence),?\s+(?:it\s+is\s+|it's\s+|is\s+)?(?=[*]{0,2}(?:[Oo]ption|[Cc]hoice)\b)",
)
_TICKED = re.compile(r"(?:^|\n|;\s)([^\n;✅✓✔☑]{0,200}?)(?:[✅✓✔☑]|(?:->|→|[:–—-])\s*(?:yes|correct|right)\b)", re.I)
_LIST_ITEM = re.compile(r"(?:^|\n)[ \t]*[*_(]{0,3}[A-Ea-e][*_]{0,2}[).:]", re.M)
_OPENING = re.compile(
    r"\s*(?:[Oo]ption\s+|[Cc]hoice\s+)?[*_(\[]{0,3}([A-Z])(?:[*_)\]:]|\.(?!\w)|,(?!\s*(?:and\s+|or\s+)?[A-E]\b)|\s*$|\s*\n|\s+[-–—]\s(?![A-Z\d]\b))|\s*\(([a-z])\)|\s*([a-z])\s*$"
)
_BRACKETED = re.compile(r"\(([A-E])\)")
_MARKED = re.compile(
    r"\(\s*[A-Ea-e]\s*\)|(?<![\w.])[A-E](?:[).:](?!\w)|\s*$)|\b(?:option|choice|answer|correct|closest|none)\b|\W[A-E]\W*$",
    re.I,
)
_CORRECTED = re.compile(r"\b(?:Wait|Actually|Hmm)\b|(?:^|[.!]\s)\s*No,\s+\(?[A-E]\b")
_CLAUSE_LETTER = re.compile(r"\(?([A-E])\)?\s+(?:is|was|remains|seems|fits|works)\b")
_ARTICLE = re.compile(r"A\s+[a-z]")
_BOLD = re.compile(r"\*\*([^*\n]{1,120})\*\*")
_EXCEPTED = re.compile(
    r"\b(?:all|every\w*|each|none|nothing|any|others?|rest)\b[^.;\n]{0,60}?\b(?:but|except(?:\s+for)?|apart\s+from|besides|other\s+than)\s+(.+)",
    re.I,
)
_ALONE = re.compile(r"\W*(?:(?:so|thus|therefore|hence|and|but)\W+)?only\s+(.+)|\W*(.{1,80}?)\s+alone\b", re.I)
_ENDS_IN = re.compile(
    r"(?:\b(?:is|be|leaves|leaving|remains|for|with|pick|choose)\s+(?:only\s+|just\s+)?|:\s*)(?:(?:[Oo]ption|[Cc]hoice|[Ll]etter)\s+)?\(?([A-E])\)?\W*$"
)
_SUBJECT = re.compile(
    r"(?:^\W*|[;,]\s+|\b(?:so|and|but|while|whereas)\s+)(?:(?:[Oo]ption|[Cc]hoice)\s+)?\(?([A-E])\)?\s+"
    r"(is|are|does|has|was|can|will|would|remains|stands|isn['’]t|doesn['’]t|can['’]t)\b([^;,]*)$"
)
_ODD_ONE = re.compile(r"\b(?:odd|exception|outlier|only|left|different|the\s+one)\b", re.I)
_LISTED = re.compile(r"(?<!\w)\(?[A-E]\)?\s*,?\s*\bor\s+$")
_UNLISTED = re.compile(
    r"(?:\bnot|n['’]t)\s+(?:listed|given|among|one\s+of|an\s+option|any\s+of|in\s+the\s+(?:list|options|choices))|\bnone\s+of\s+(?:the|these)\b",
    re.I,
)
_CAPITAL = re.compile(r"(?<![\w'’])(?:\(([A-Z])\)|([A-Z])(?!\s+[a-z])|\(([a-e])\))(?![\w'’])")

_EQUALLY = re.compile(r"\bequally\s+(?:good|valid|plausible|likely|correct)\b|\bhard\s+to\s+(?:say|choose)\b", re.I)
_THAN = re.compile(r"\s+(?:than\b|over\s+(?=(?:an?|the)\b))")
_SENTENCES = 3
"""The last sentences in which a choice that is named is looked for."""
_DEFAULT_COUNT = 5
_LONGEST_SENTENCE = 300


def read(text: str, choices: Choices) -> Reading:
    """The letter that a completion states."""
    return chain.read_final(STEPS, text, choices)


def boxed(text: str, choices: Choices) -> Iterator[Found]:
    r"""The last `\\boxed{…}` that holds a letter or a choice's text."""
    return _each((inside for _, inside in spans.boxes(text)), choices)


def answer_sentence(text: str, choices: Choices) -> Iterator[Found]:
    """The last "the answer is …" that states a letter or the text of a choice."""
    return _each(spans.sentences(text), choices)


def correct_choice(text: str, choices: Choices) -> Iterator[Found]:
    """The last "the correct option is C", "D is the answer" or "choice E is correct"."""
    places = [
        (match.end(), text[match.end() : match.end() + 100].partition("\n")[0]) for match in _CORRECT.finditer(text)
    ]
    places += [(match.end(), f"({match[match.lastindex or 1]})") for match in _NAMED.finditer(text)]
    return _each((said for _, said in sorted(places, reverse=True)), choices)


def answer_label(text: str, choices: Choices) -> Iterator[Found]:
    """The last "Answer: …" that states a letter or the text of a choice."""
    return _each(spans.labels(text), choices)


def opening(text: str, choices: Choices) -> Iterator[Found]:
    """The letter that a completion begins with ("B", "(B) plum. Because …"), where it lists no choices."""
    match = _OPENING.match(text)
    if match:
        letter = (match[1] or match[2] or match[3]).upper()
        listed = letter == "A" and (len(_LIST_ITEM.findall(text)) > 1 or len(set(_BRACKETED.findall(text))) > 2)
        if _valid(letter, choices) and not listed and not _CORRECTED.search(text, match.end()):
            yield letter


def ticked(text: str, choices: Choices) -> Iterator[Found]:
    """The only line with a tick, where it begins with a letter: "B) plum ✓"."""
    lines = [match[1].strip(" -*•") for match in _TICKED.finditer(text)]
    if len(lines) == 1 and (found := canonical(lines[0], choices)):
        yield found


def singled_out(text: str, choices: Choices) -> Iterator[Found]:
    """The choice that the last sentence tells from all others: "the one that is no fruit is B", "all but B are"."""
    sentence = next(spans.last_sentences(text), "").replace("**", "")
    if len(sentence) > _LONGEST_SENTENCE:
        return
    found = None
    if match := _EXCEPTED.search(sentence) or _ALONE.match(sentence):
        found = _stated(match[1] or match[2], choices)
    elif match := _ENDS_IN.search(sentence):
        found = match[1]
    elif match := _SUBJECT.search(sentence):
        before = set(re.findall(r"\b[A-E]\b", sentence[: match.start(1)])) - {match[1]}
        others = len(before) + 1 == (len(choices) if choices else _DEFAULT_COUNT)
        found = match[1] if others or _ODD_ONE.search(match[3]) else None
    if isinstance(found, str) and _valid(found, choices):
        yield found


def bold(text: str, choices: Choices) -> Iterator[Found]:
    """The last letter or choice's text in bold type, in the last sentence that has bold type."""
    if "**" in text:
        for sentence in spans.last_sentences(text):
            marked = [match[1] for match in reversed(list(_BOLD.finditer(_compared(sentence))))]
            if marked:
                yield from _each(marked, choices)
                return


def value_alone(text: str, choices: Choices) -> Iterator[Found]:
    """The choice whose number the conclusion states, where all are numbers and the last sentence marks no letter: its
    capitals are names ("So A weighs 58 kg.")."""
    last = next(spans.last_sentences(text), "")
    if choices and all_numbers(choices) and not _MARKED.search(last) and not spans.GIVES_UP.search(last):
        value = chain.read((number.conclusion,), text[-2000:]).answer
        found = by_value(value, choices) if value is not None else None
        if found is not None:
            yield found


def last_sentence(text: str, choices: Choices) -> Iterator[Found]:
    """The letter or text that is the whole last sentence, or the only choice whose text stands in it; a sentence that
    only says what is not so, or names several, leaves it to those before."""
    ending = next(spans.last_sentences(text), "")
    marked = any(_valid("".join(match.groups("")).upper(), choices) for match in _CAPITAL.finditer(ending))
    if not marked and (found := undetermined(clauses.asserted(ending), choices)):
        yield found
        return
    for sentence in itertools.islice(spans.last_sentences(text), _SENTENCES):
        if len(sentence) > _LONGEST_SENTENCE:
            return
        if spans.GIVES_UP.search(sentence) or _EQUALLY.search(sentence):
            yield Undecided.REFUSED
            return
        found = _of_sentence(sentence, choices)
        if found is not None:
            yield found
            return
        if _CAPITAL.search(sentence) and not clauses.denies(sentence):
            return
    if not marked and _UNLISTED.search(ending) and (none := none_of_these(choices)):
        yield none
        return
    paraphrased = in_other_words(ending, choices)
    if paraphrased and not clauses.denies(ending):
        yield paraphrased
        return
    denied = only_named(ending, choices)
    if denied is not None:  # "It wouldn't be full of air." of "What would it not be?"
        yield denied


def last_bracketed(text: str, choices: Choices) -> Iterator[Found]:
    """A letter in brackets, or a capital that no word follows, in the last sentence: "which is closest to (a) 438"."""
    sentence = next(spans.last_sentences(text), "")[-_LONGEST_SENTENCE:]
    for said in (_compared(sentence), sentence):
        for match in reversed(list(_CAPITAL.finditer(said))):
            letter = (match[1] or match[2] or match[3]).upper()
            if _valid(letter, choices):
                yield Undecided.SEVERAL if _LISTED.search(said, 0, match.start()) else letter
                return


def value_of_choice(text: str, choices: Choices) -> Iterator[Found]:
    """The choice whose number the conclusion states, where no letter is given: "So it takes 9 hours."."""
    if choices:
        last = next(spans.last_sentences(text), "")
        listed = by_values(last, choices)
        conclusion = chain.read((number.conclusion,), text[-2000:]).answer
        found = listed or (by_value(conclusion, choices) if conclusion is not None else None)
        found = found or (by_text(text.rpartition("≈")[2], choices) if "≈" in text else None)
        found = found or only_value(last, choices)
        if found is not None:
            yield found


STEPS: tuple[Callable[[str, Choices], Iterator[Found]], ...] = (
    *(
        boxed,
        answer_sentence,
        correct_choice,
        answer_label,
        opening,
        ticked,
        singled_out,
        bold,
        value_alone,
        last_sentence,
        last_bracketed,
        value_of_choice,
    ),
)


def canonical(text: str, choices: Choices) -> str | None:
    """The capital letter of a stated choice ("(b)", "Option B", "B: blue", "blue"), or None where there is none."""
    text = text.strip()[:_LONGEST_SENTENCE]
    if "\\" in text or "$" in text or "{" in text:
        text = _LATEX.sub(" ", text)
    match = _LETTER.match(text)
    letter: str | None = next(filter(None, match.groups())).upper() if match else None
    if letter and not _valid(letter, choices):
        letter = None
    # "A" may be an article: "A person who …" is choice C's text before it is the letter.
    article = letter == "A" and match is not None and text[match.end() :][:2].strip().islower()
    if letter and not article:
        return letter
    by_its_text = by_text(text, choices)
    if by_its_text or letter:
        return by_its_text or letter
    numbered = _ORDINAL.match(text)
    if numbered and (place := _ORDINALS.index(numbered[1].lower()) % 5) < (len(choices) if choices else _DEFAULT_COUNT):
        return chr(ord("A") + place)
    named = _THAT_IS.search(text) or _AT_END.search(text)
    return str(named[1]) if named and _valid(named[1], choices) else None


def contains(text: str, gold: str, choices: Choices) -> bool:
    """Whether the letter of gold stands by itself in the text, or the text of its choice does."""
    if any((match[1] or match[2] or match[3]).upper() == gold for match in _CAPITAL.finditer(text)):
        return True
    said = choices[ord(gold) - ord("A")] if choices and _valid(gold, choices) else ""
    return bool(said) and said.casefold() in text.casefold()


def _of_sentence(sentence: str, choices: Choices) -> str | None:
    """The one choice that a sentence asserts."""
    said = _compared(sentence)
    letter = _CLAUSE_LETTER.match(said) if said != sentence and not clauses.denies(said) else None
    if letter and _valid(letter[1], choices):
        return letter[1]
    told = named(sentence, choices)
    if not clauses.denies(sentence):
        short = [one for one in (said, sentence) if len(one) <= 80 and not _ARTICLE.match(one)]
        found = next(filter(None, (canonical(one, choices) for one in short)), None)
        if found is not None and (told <= {found} or _OPENING.match(sentence)):
            return found
        if len(told) == 1:
            return told.pop()
    parts = (said, sentence.partition("; ")[0])
    return next(filter(None, (only_named(part, choices) for part in parts if not clauses.denies(part))), None)


def _compared(sentence: str) -> str:
    """What a sentence asserts, without what it denies ("Not a pear: …") and compares that with ("than a plum")."""
    lead, _, rest = sentence.rpartition(": ")
    said = clauses.asserted(rest if lead and clauses.denies(lead) else sentence).rpartition("; ")[2]
    than = _THAN.search(said)
    return said[: than.start()] if than else said


def _valid(letter: str, choices: Choices) -> bool:
    return "A" <= letter <= chr(ord("A") + (len(choices) if choices else _DEFAULT_COUNT) - 1)


def _each(statements: Iterable[str], choices: Choices) -> Iterator[Found]:
    for said in statements:
        found = _stated(said, choices)
        if found is not None:
            yield found


def _stated(said: str, choices: Choices) -> Found | None:
    if _BOTH.match(said):
        return by_text(said, choices) or Undecided.SEVERAL
    if _NOT.match(said):
        but = _BUT.search(said)
        found = canonical(said[but.end() :], choices) if but else by_text(said, choices)
        return found or _refused(said, choices)
    found = canonical(said, choices)
    if found is None:
        return _refused(said, choices)
    match = _LETTER.match(said)
    other = _OTHER.match(said, match.end()) if match and next(filter(None, match.groups())).upper() == found else None
    if other and other[1].upper() != found and _valid(other[1].upper(), choices):
        return Undecided.SEVERAL
    return found


def _refused(said: str, choices: Choices) -> Found | None:
    """The choice that nothing can be determined, or no answer, where a statement gives up."""
    return (undetermined(said, choices) or Undecided.REFUSED) if _REFUSED.match(said) else None
