"""Reading a LaTeX answer from a completion, and comparing two: by their looks (`formulas`), else after algebra
(`symbolic`)."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator

from cot_distill.grading import chain, clauses, concluding, formulas, numerals, options, spans, symbolic
from cot_distill.grading.chain import Found, Reading

_LONGEST = 2000
# A dollar before an amount of money, which opens no formula: another amount or words up to another dollar follow.
_AMOUNT = re.compile(r"(?<![\\$])\$(?=\d[^$\\\n]{0,200}[\s(]\$\d|\d[\d.,]*\s+[a-z]{2,}\s+[a-z][^$\\\n]{0,200}[\s(]\$)")
_MATHS = re.compile(r"(?<!\\)\$\$?((?:[^$\\]|\\.){1,400})\$\$?|\\\((.{1,400}?)\\\)|\\\[(.{1,400}?)\\\]", re.S)
_ENVIRONMENT = re.compile(
    r"\\begin\{(align|aligned|equation|gather|eqnarray|multline)(\*?)\}(.{1,4000}?)\\end\{\1\2\}", re.S
)
_DRAWING = re.compile(r"\[asy\].{0,20000}?\[/asy\]", re.S)
_ROWS = re.compile(r"\\\\(?:\[[^\]]{1,8}\])?")
_JOINT = re.compile(r"[\s$]*(?:,|;|and|or)?[\s$]*(?:[a-z]\s*=)?[\s$]*")
_SENTENCE_END = re.compile(
    r"(?<!i\.e)(?<!e\.g)[.;](?=\s|$)|\s+\((?=since|because|as\b|where|i\.e|rounded|approx)|,\s+(?:so|which|since|because|as|where|and\s+we)\b|\s+(?:because|since|which|when|where)\b"
)
_AND = re.compile(r"\s*(?:,\s*(?:and|or)\b|,|;|and|or)\s*")
_SINCE = re.compile(r"\W*(?:since|because|as)\b", re.I)
_OF_BASE = re.compile(r"\bbase\s*$")
_NO_FORMULA = re.compile(r"\s*(?:[\^_]|\\(?:blacksquare|square|Box|qed|checkmark)\b)")
_COORDINATE = re.compile(r"\s*([a-z])\s*=\s*([^=<>]{1,60}?)\s*[.,]?\s*")
_GIVEN = re.compile(
    r"\b(?:when|for|if|since|as|at|let|where|with|using|given|substitut\w+|put|take|choose|has|have)\s+$", re.I
)
_IN_SEVERAL = re.compile(r"\d\s?[xyz]|[xyz]\s?\^|=\s*0|=.*[xyz]")
_PRODUCT_OF_UNITS = re.compile(r"\\(?:cdot|times|text)(?![a-z])")
_EQUALITY = re.compile(r"=|\\equiv(?![a-z])")
_RELATION = re.compile(r"=|<|>|\\[lg]eq?(?![a-z])|\\neq?(?![a-z])")
_STATED = re.compile(
    r"(?:\b(?:is|are|equals?|be|get|gives|yields|obtain|becomes|so|thus|hence|therefore|to)|:)\s*,?\s*$"
)
_ASIDE = re.compile(
    r"\s\((?=[a-z])|,?\s+(?:since|because|as|when|whenever|where|which(?!\s+(?:means|gives|implies|yields|leaves|makes|simplifies|equals)\b)|for\s+which|attained|achieved|if|divided\s+by|after|the\s+next|namely|such\s+that|or\s+(?:about|approximately|roughly)|i\.e\.,?\s+(?:about|approximately)|for(?=\s+\$[a-zA-Z]\s*=)|or(?=\s+\$[\d.]+\\%)|and\s+(?:it|this)\s|at\b)(?!\w)"
)
_COUNTED = re.compile(
    r"\b(?:there\s+(?:are|is|were)|we\s+have)\s+(?:exactly\s+|only\s+|a\s+total\s+of\s+)?\**\d+\b[^$.\n]*[:,]\s*(?:$|\$)"
    r"|\bnumber\s+of\s+[^$.\n]{1,40}\s+is\s+\d+\s*:",
    re.I,
)
_WORDS_BEHIND = re.compile(
    r",\s+[^$\d,.\n]{0,60}\b(?:is|are)\s+((?!(?:positive|negative|true|correct|proven|proved|done)\b)[a-z]{3,20})\W*"
)
_NAME = re.compile(
    r"\s*(?:[A-Za-z](?:_\w)?(?:\([a-z]\))?|[A-Z]{2,4}|\\(?:alpha|beta|gamma|theta|phi|omega))\s*[.,]?\s*"
)
_REMARK = re.compile(
    r"(?:(?<=[.!?$)\]])|(?<=\}))[\s(]*(?:Note(?:\s+that|\s+the)?\b|Notice\b|Alternatively\b|Remark\b"
    r"|This\s+(?:identity|formula|method|approach|problem)\b)"
)
"""Begins what is told behind the answer."""
_DRAWN = re.compile(r"\b(?:so|thus|hence|therefore|answer|then|means|value|minimum|maximum)\b", re.I)
_CONCLUSION = re.compile(r"\b(?:Thus|Hence|Therefore)\b[^.]{0,300}\$")
_WHICH_IS = re.compile(r"\bwhich\s+(?:is|equals|gives|simplifies\s+to)\s+\**(?=\$|\\\(|\\\[)")
_INNER = re.compile(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", re.S)
_WHEN = re.compile(r"\b(?:when|where|if|at)\b")
_NUMBER_BEHIND = re.compile(r"[^.\n\d]{0,100}?(,\s+(?:so|thus|hence|therefore)\s[^.\n\d]{0,60})?\**\d")
_OR = re.compile(r"\s*(?:,|;)?\s*\b(?:and|or)\b\s*")
_VALUE_BEHIND = re.compile(r"[^.\n]{1,200}\b(?:is|are|equals|gives)\s+\**-?\d[\d,./]*\**\W*")
_THERE_ARE = re.compile(
    r"\b(?:there\s+(?:are|is|were|will\s+be)|we\s+have)\s+(?:a\s+total\s+of\s+|only\s+|exactly\s+)?$", re.I
)
_WORD = re.compile(r"[A-Za-z]{3,}")
_IN_FORMULAS = frozenset(
    "sqrt and pi inf infinity sin cos tan cot sec csc log min max mod frac dfrac tfrac text left right cdot times "
    "pmatrix begin end cubic square unit units degrees".split()
)
_LONGEST_LINE = 80
_NEAR = 40
_LONGEST_REMARK = 400
_FEW_WORDS = 3
_IS = re.compile(r"\b(?:is|are|was|be|equals|facing)\b|['’]s\b|:")
_ARTICLE = re.compile(r"^(?:an?|the|on)\s+")
_LISTED = re.compile(r"\bare\s+(-?\d[\d./]*(?:(?:,\s*(?:and\s+)?|\s+and\s+|\s+or\s+)-?\d[\d./]*)+)(?=\W*$)")
_LISTED_BEFORE = re.compile(
    r"((?:[a-z]\s?=\s?)?-?\d[\d./]*(?:(?:,\s*(?:and\s+)?|\s+and\s+|\s+or\s+)(?:[a-z]\s?=\s?)?-?\d[\d./]*)+)"
    r"\s+are\s+(?:the\s+)?(?:only\s+)?(?:\w+\s+)?(?:solutions|roots|values|answers|zeros)\b"
)
_PRODUCT = re.compile(
    r"(?:\b(?:is|are|equals|be)|=)\s+(-?\d*\.?\d*(?:/\d+)?\s?\*?\s?(?:pi\b|π|sqrt\s?\(?\d+\)?|√\d+)(?:/\d+)?)"
)
_POINT = re.compile(r"(?<![\w\\])([(\[]\s?[-−]?\d[\d./]*(?:,\s?[-−]?\d[\d./]*)+\s?[)\]])\W*$")
_LIST_BEGINS = re.compile(r"(?:\bare|:|^|\n)\s*$")
_BOLD_END = re.compile(r"\w\W{0,3}\s\*\*([^*\n]{1,60}(?<!:))\*\*(?:\s(?:square\s|cubic\s)?[a-z]{1,12})?[^\w*]*$")
_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")


def read(text: str, question: str | None = None) -> Reading:
    """The LaTeX that a completion states, or the one of the question's own options."""
    chosen = options.read(text, question)
    if chosen.answer is not None:
        return chosen
    if "\\begin{" in text or "[asy]" in text:
        text = _DRAWING.sub(" ", _ENVIRONMENT.sub(_last_row, text))
    return chain.read_final(STEPS, _AMOUNT.sub(r"\\$", text) if text.count("$") > 1 else text)


def boxed(text: str) -> Iterator[Found]:
    r"""The last `\\boxed{…}`, or the boxes of a row ("\boxed{1} and \boxed{2}") as a list."""
    row: list[str] = []
    begin = None
    for start, inside in spans.boxes(text):
        end = start + len(inside) + 8
        if begin is not None and not (end <= begin and _JOINT.fullmatch(text[end:begin].replace("}", " ", 1)) and row):
            break
        found = canonical(inside)
        if found is None:
            if row:
                break
            continue
        row.insert(0, found)
        begin = start
    if row:
        yield ", ".join(dict.fromkeys(row))


def answer_sentence(text: str) -> Iterator[Found]:
    """The last "the answer is …": its formulas, or its words to the end of the clause."""
    return _each(spans.sentences(text))


def answer_label(text: str) -> Iterator[Found]:
    """The last "Answer: …"."""
    return _each(said for said in spans.labels(text) if not said.rstrip().endswith("?"))


def hashes(text: str) -> Iterator[Found]:
    """The last line "#### …", where it is no heading."""
    if "####" in text:
        for said in reversed(text.split("####")[1:]):
            found = canonical(said.lstrip().partition("\n")[0])
            if found and not found.startswith(("Step", "step")):
                yield found


def bold_conclusion(text: str) -> Iterator[Found]:
    """What the last sentence ends in, in bold type: a formula, or a few words where it asserts no formula beside."""
    sentence = next(spans.last_sentences(concluding.unchecked(text)), "") if "**" in text else ""
    match = _BOLD_END.search(sentence)
    if match is None or len(_WORD.findall(match[1])) > _FEW_WORDS or spans.GIVES_UP.search(sentence):
        return
    said = match[1].rstrip(".")
    first = said.split(maxsplit=1)[0] if said.strip() else ""
    in_words = len(first) > 1 and first.isalpha() and first.lower() not in _IN_FORMULAS
    if in_words and (len(said.split()) > _FEW_WORDS or _holds_formula(clauses.asserted(sentence[: match.start(1)]))):
        return
    found = canonical(_right_side(_behind_equals(said)))
    if found is not None:
        yield _ARTICLE.sub("", found)


def last_formula(text: str) -> Iterator[Found]:
    """The last formula between dollars or brackets that the text asserts; of an equation, what stands behind its last
    `=`."""
    text = _without_remark(_unchecked(text))
    marked = [
        match
        for match in _MATHS.finditer(text)
        if not _NO_FORMULA.match(_inside(match))
        and not _OF_BASE.search(text, max(0, match.start() - _NEAR), match.start())
    ]
    if not marked:
        return
    words = _WORDS_BEHIND.fullmatch(text, marked[-1].end())
    if words and _SINCE.match(next(spans.last_sentences(text), "")):
        yield words[1]
        return
    if _VALUE_BEHIND.fullmatch(text, marked[-1].end()) or _is_name(marked[-1], text):
        return
    ending = len(text) - len(next(spans.last_sentences(text), "")) - 3
    if _COUNTED.search(text, max(ending, 0), marked[-1].start()):
        return
    last = _asserted(marked, text, ending)
    if last == len(marked) - 1 and (point := _coordinates(marked, text)):
        yield point
        return
    listed = _list_of(marked[: last + 1], text)
    parts = [_inside(marked[last])]
    for one, other in zip(reversed(marked[:last]), reversed(marked[: last + 1]), strict=False):
        goes_on = one in listed or _same_left(_inside(one), _inside(other))
        if not (goes_on and _AND.fullmatch(text, one.end(), other.start())):
            break
        parts.insert(0, _inside(one))
    found = canonical(", ".join(map(_right_side, parts)))
    if found is not None:
        yield found


def _unchecked(text: str) -> str:
    """The text without a check of the answer, unless a conclusion comes behind it."""
    rest = concluding.unchecked(text)
    return text if _CONCLUSION.search(text, len(rest)) else rest


def _without_remark(text: str) -> str:
    """The text without a last sentence that remarks on the solution and draws nothing."""
    remark = next(iter(_REMARK.finditer(text, max(0, len(text) - _LONGEST_REMARK))), None)
    if (
        remark is None
        or _DRAWN.search(text, remark.end())
        or len(list(spans.last_sentences(text[remark.start() :]))) > 1
    ):
        return text
    return text[: remark.start()] if _MATHS.search(text, 0, remark.start()) else text


def last_line(text: str) -> Iterator[Found]:
    """The last line, where it is a formula rather than words: "x = -2 or x = 1", "864 in²"."""
    line = text.rstrip().rpartition("\n")[2].strip(" *")
    if len(line) <= _LONGEST_LINE and not any(word.lower() not in _IN_FORMULAS for word in _WORD.findall(line)):
        found = canonical(_right_side(_behind_equals(line)))
        if found is not None:
            yield found


def listed(text: str) -> Iterator[Found]:
    """The numbers that the last sentence lists ("The roots are -2 and 1."), or the point that it ends in."""
    sentence = next(spans.last_sentences(text), "")
    if point := _POINT.search(sentence):
        yield point[1]
    elif product := _PRODUCT.search(sentence):
        yield product[1]
    elif match := _LISTED.search(sentence) or _LISTED_BEFORE.search(sentence):
        yield _AND.sub(", ", re.sub(r"[a-z]\s?=\s?", "", match[1].rstrip(".")))


def bold(text: str) -> Iterator[Found]:
    """The last words in bold type that hold a number."""
    for match in reversed(list(_BOLD.finditer(text)) if "**" in text else []):
        if any(character.isdigit() for character in match[1]):
            found = canonical(match[1].rpartition("=")[2])
            if found is not None:
                yield found
                return


def last_words(text: str) -> Iterator[Found]:
    """Where the answer is no number: the words in bold type, or else what the last sentence says that something is."""
    sentence = next(spans.last_sentences(text), "")
    marked = [match[1] for match in _BOLD.finditer(sentence)]
    said = marked[-1] if marked else _IS.split(sentence)[-1]
    found = canonical(said) if len(said.split()) <= _FEW_WORDS and not spans.GIVES_UP.search(sentence) else None
    if found is not None:
        yield _ARTICLE.sub("", found)


def conclusion(text: str) -> Iterator[Found]:
    """The number that the last sentence with one states; see `concluding`."""
    found = concluding.conclusion(text)
    if found is not None:
        yield found


def last_number(text: str) -> Iterator[Found]:
    """The last number of the whole text."""
    found = numerals.last(text)
    if found is not None:
        yield found


STEPS: tuple[Callable[[str], Iterator[Found]], ...] = (
    *(
        boxed,
        answer_sentence,
        answer_label,
        hashes,
        bold_conclusion,
        last_formula,
        last_line,
        listed,
        bold,
        conclusion,
        last_number,
        last_words,
    ),
)


def canonical(text: str) -> str | None:
    """The formula without its dollars, box and closing period, or None where nothing is left or it is too long."""
    said = text.strip(" \n\t*✅✓✔🎉").lstrip("} ").strip()
    inside = spans.last_boxed(said) if "\\boxed" in said or "\\fbox" in said else None
    said = inside if inside is not None else said
    formula = _MATHS.match(said)
    if formula and not said[formula.end() :].strip(" .,;"):
        said = next(filter(None, formula.groups()))
    said = re.sub(r"\\\]|\\\)$", "", said.strip()).rstrip(" .,;:").strip()
    exact, _, about = said.partition("\\approx")
    said = exact.strip() if about and any(map(str.isdigit, exact)) and not _PRODUCT_OF_UNITS.search(exact) else said
    if said.startswith("$") and said.endswith("$"):
        said = said.strip("$")
    return said if said and len(said) <= _LONGEST and any(char.isalnum() for char in said) else None


def equal(one: str, other: str) -> bool:
    """Whether an answer says the same as gold."""
    by_looks = formulas.same(one, other)
    if by_looks is not None:
        return by_looks
    return symbolic.same(*(formulas.with_both_signs(formulas.as_latex(formula)) for formula in (one, other)))


def contains(text: str, gold: str) -> bool:
    """Whether gold stands in the text, by its looks."""
    wanted = formulas.normal(gold)
    found = formulas.value(wanted)
    if found is not None and any(one == gold for _, _, one in numerals.numbers(text)):
        return True
    said = "".join(text[-20_000:].split())
    return wanted in said or "".join(gold.split()) in said


def _each(statements: Iterable[str]) -> Iterator[Found]:
    for said in statements:
        found = _stated(said)
        if found is not None:
            yield found


def _holds_formula(clause: str) -> bool:
    return "=" in clause or _MATHS.search(clause) is not None


def _inside(match: re.Match[str]) -> str:
    inside: str = next(filter(None, match.groups()))
    return inside


def _asserted(marked: list[re.Match[str]], text: str, ending: int) -> int:
    """Which formula the last sentence asserts: not what follows "since", "when" or "divided by", but for "is $7$"."""
    last = len(marked) - 1
    if _STATED.search(text, max(0, marked[last].start() - _NEAR), marked[last].start()):
        return last
    for index, match in enumerate(marked):
        if match.start() >= ending and _THERE_ARE.search(text, max(0, match.start() - 40), match.start()):
            last = index
    first = next((index for index, match in enumerate(marked) if match.start() >= ending), last)
    if all(_NAME.fullmatch(_inside(marked[index])) for index in range(first, last + 1)):
        return next((index for index in reversed(range(first)) if not _NAME.fullmatch(_inside(marked[index]))), last)
    formulas_of_sentence = [index for index in range(first, last + 1) if not _NAME.fullmatch(_inside(marked[index]))]
    if formulas_of_sentence:
        last = formulas_of_sentence[-1]
    while last > first:
        begin = last
        while begin > first and _AND.fullmatch(text, marked[begin - 1].end(), marked[begin].start()):
            begin -= 1
        if begin == first or not _ASIDE.search(text[marked[begin - 1].end() : marked[begin].end()]):
            break
        last = begin - 1
    return last


def _coordinates(marked: list[re.Match[str]], text: str) -> str | None:
    """The point that the last formulas give: "so $x = 2$ and $y = -1$"."""
    names, values, begin = "", list[str](), len(marked)
    for match in reversed(marked):
        equation = _COORDINATE.fullmatch(_inside(match))
        if equation is None or (values and not _AND.fullmatch(text, match.end(), marked[begin].start())):
            break
        names, values, begin = equation[1] + names, [equation[2], *values], begin - 1
    if len(values) < 2 or names != "".join(sorted(set(names))):
        return None
    before = text[max(0, marked[begin].start() - _NEAR) : marked[begin].start()]
    sentence = text[max(text.rfind(". ", 0, marked[begin].start()), 0) : marked[begin].start()]
    return None if _GIVEN.search(before) or _WHEN.search(sentence) else f"({', '.join(values)})"


def _same_left(one: str, other: str) -> bool:
    """Whether two equations or inequalities are of the same variable: "x = 2" and "x = -3"."""
    left, right = _RELATION.search(one), _RELATION.search(other)
    if left is None or right is None or (left[0] == "=") != (right[0] == "="):
        return False
    return _RELATION.split(one)[0].strip() == _RELATION.split(other)[0].strip()


def _is_name(formula: re.Match[str], text: str) -> bool:
    """Whether the sentence goes on to a number behind its last formula: "the largest such $n$ is 17, as 18 fails"."""
    behind = _NUMBER_BEHIND.match(text, formula.end())
    return behind is not None and (_NAME.fullmatch(_inside(formula)) is not None or behind[1] is not None)


def _list_of(marked: list[re.Match[str]], text: str) -> list[re.Match[str]]:
    """The formulas before the last one with which they make a list: "the roots are $-2$ and $1$"."""
    begin = len(marked) - 1
    while begin and _AND.fullmatch(text, marked[begin - 1].end(), marked[begin].start()):
        begin -= 1
    return (
        marked[begin:-1]
        if _LIST_BEGINS.search(text, max(0, marked[begin].start() - _NEAR), marked[begin].start())
        else []
    )


def _behind_equals(line: str) -> str:
    """What stands behind an `=`, of each part of a list."""
    return ", ".join(part.rpartition("=")[2].strip() for part in _OR.split(line)) if _OR.search(line) else line


def _right_side(formula: str) -> str:
    """What stands behind the last sign of equality, but for an equation in several variables."""
    *left, right = _EQUALITY.split(formula)
    return formula if len(left) == 1 and len(set("xyz") & set(left[0])) > 1 and _IN_SEVERAL.search(formula) else right


def _last_row(environment: re.Match[str]) -> str:
    """The last row of aligned equations, as a formula of its own."""
    inner = [match.span() for match in _INNER.finditer(environment[3])]  # a matrix has rows of its own
    cuts = [one for one in _ROWS.finditer(environment[3]) if not any(a <= one.start() < b for a, b in inner)]
    begins, ends = [0, *(cut.end() for cut in cuts)], [*(cut.start() for cut in cuts), len(environment[3])]
    rows = [environment[3][begin:end] for begin, end in zip(begins, ends, strict=True)]
    rows = [row for row in rows if any(map(str.isalnum, row))]
    last = rows[-1] if rows else ""
    return f"\n\\[{(last if _INNER.search(last) else last.replace('&', '')).strip(' &')}\\]\n" if rows else " "


def _stated(said: str) -> str | None:
    """The formulas of a statement, joined where it lists several; without any, its words to the end of the clause."""
    said = said.replace("**", " ").strip()
    which = _WHICH_IS.search(said)
    said = said[which.end() :] if which and "." not in said[: which.start()] else said
    marked = list(_MATHS.finditer(said))
    end = _SENTENCE_END.search(said)
    clause = said[: end.start()] if end else said
    if marked and marked[0].start() <= 40 and not (marked[0].start() > len(clause) and any(map(str.isdigit, clause))):
        parts = [_inside(marked[0])]
        for one, other in itertools.pairwise(marked):
            if not _AND.fullmatch(said, one.end(), other.start()):
                break
            parts.append(_inside(other))
        return canonical(", ".join(_right_side(part).strip().rstrip(".,") for part in parts))
    return canonical(clause)
