r"""LaTeX formulas: read from a completion, compared by notation (`formulas`), and if need be by algebra (`symbolic`).

\boxed{\frac12}   \boxed{1} and \boxed{2} → 1, 2   The answer is $x = 5$.   Final Answer: The largest $n$ is 34. → 34
"""

import re
from collections.abc import Sequence

from cot_distill.grading import contract, formulas, symbolic
from cot_distill.grading.number import Number
from cot_distill.grading.reading import Found, Given, Kind
from cot_distill.grading.text import Text

_LONGEST = 2000
_DOLLARS = re.compile(r"(?<!\\)(?:\\[()\[\]]|\$\$)")
_MATHS = re.compile(r"(?<!\\)\$((?:[^$\\]|\\.){1,400})\$", re.S)
_JOINT = r"\$\s*(?:,\s*(?:and|or)\b|,|;|and|or)\s*\$"
_LISTED = re.compile(_JOINT), re.compile(rf"(?<=\$)([^$=]{{1,60}}){_JOINT}(?=[^$=]{{1,60}}\$)")
"""Separators between the formulas of a list, and between formulas that are not equations: "$1$, $2$ and $3$"."""
_ENVIRONMENT = re.compile(
    r"\\begin\{((?:align(?:ed)?|equation|gather|eqnarray|multline)\*?)\}(.{1,4000}?)\\end\{\1\}", re.S
)
_END = re.compile(
    r"(?<!i\.e)(?<!e\.g)(?<!\b[A-Z])(?<!\b[ap])[.;](?=\s|$)|\s\((?=[a-z])"
    r"|,?\s+(?:since|because|as\s+(?:the|we|it)|when|where|which|if|after|divided\s+by|for\s+(?:all|any|some))\b"
)
_NAME = re.compile(r"\s*(?:[A-Za-z](?:_\{?\w+\}?)?'?(?:\([a-z]\))?|[A-Z]{2,4}|\\[a-z]+)\s*")
_IS = re.compile(r"\b(?:is|are|was|be|by|equals|get|gives|becomes|of)\b|['’]s\b|(?<=[A-Za-z*]):")
_INEQUALITY = re.compile(r"(?:-?[\d./]+\s*[<>]=?\s*)?\b[a-z]\s*[<>]=?\s*-?[\w./]+(?=[\s.]*$)")
_EQUALS = re.compile(r"(?<![<>!])=")
_IN_FORMULAS = frozenset(
    "sqrt pi inf infinity sin cos tan cot sec csc log ln exp min max mod frac dfrac tfrac text left right cdot times "
    "pmatrix begin end cubic square unit units degrees and or".split()
)
_WORD = re.compile(r"(?<!\\)[A-Za-z]{2,}")
_FEW_WORDS = 4
_PROSE = re.compile(r"\\text\s?\{([^{}]*\b(?:is|are)\b[^{}]*)\}")


class Latex(Kind):
    """A formula as written, without its dollars."""

    def conclusion(self, text: str, given: Given) -> Found:
        """The conclusion of the last sentence with a formula or number: its bold part, its formula, the value after its
        last `=`, or its last number that the question did not give. Otherwise the words of the last sentence."""
        text = _ENVIRONMENT.sub(_rows, text) if "\\begin{" in text else text
        text = _LISTED[1].sub(r"\1, ", _DOLLARS.sub("$", text))
        text = _MATHS.sub(lambda match: match[0].replace("\n", " "), text)  # a line may end in a formula
        for said, is_bold in contract.closing(text):
            if contract.GIVES_UP.search(said):
                return None
            if is_bold or _holds_value(said):
                return self.stated(said, given) if is_bold else _concluded(said, given)
        return Text().last_words(text, given)

    fallbacks = (conclusion,)

    def stated(self, said: str, given: Given) -> Found:
        r"""The formula that a statement gives: "$5$, since it is odd.", "The largest $n$ is 34."."""
        if contract.GIVES_UP.search(said):
            return None
        said = _DOLLARS.sub("$", _PROSE.sub(lambda match: match[1], said.replace("...", "…")))
        clause = _clause(_LISTED[0].sub(", ", said))
        maths = _MATHS.search(clause)
        if maths and not _words(clause[: maths.start()]):
            return _bare(_right_side(maths[1]))
        words = _words(_MATHS.sub("", clause))
        if not words or (not maths and len(words) <= _FEW_WORDS and not _IS.search(clause)):
            return _bare(clause)
        return _concluded(clause, given)

    def boxed(self, boxes: Sequence[str], given: Given) -> Found:
        """The content of a box, or a list of the contents of several."""
        return self.stated(boxes[0], given) if len(boxes) == 1 and _PROSE.search(boxes[0]) else _bare(", ".join(boxes))

    def whole(self, said: str, given: Given) -> Found:
        """The formula of a text that is only a formula: "$x + 1$.", but not "We get $x + 1$."."""
        return self.stated(said, given) if "\n" not in said and not _words(said) else None

    def canonical(self, said: str, given: Given) -> str | None:
        """The formula without its dollars, box and closing period; None if nothing is left or it is too long."""
        return _bare(said)

    def equal(self, answer: str, gold: str) -> bool:
        pair = formulas.as_set(answer, gold), formulas.as_set(gold, answer)
        by_looks = formulas.same(*pair)
        return symbolic.same(*map(formulas.as_latex, pair)) if by_looks is None else by_looks


def _concluded(sentence: str, given: Given) -> Found:
    """The conclusion of a sentence in words: its last formula, or the number after it."""
    maths = [match for match in _MATHS.finditer(sentence) if _is_value(match, sentence)]
    behind = sentence[maths[-1].end() :] if maths else sentence
    if maths and not re.search(rf"(?:{_IS.pattern})\s+\**[-\d]", behind):
        return _bare(_right_side(maths[-1][1]))
    if not any(map(str.isdigit, behind)):
        return Text().last_words(behind, given)
    if inequality := _INEQUALITY.search(behind):
        return _bare(inequality[0])
    piece = _IS.split(_right_side(behind))[-1]
    return Number().conclusion(behind, given) if _words(piece) or not any(map(str.isdigit, piece)) else _bare(piece)


def _clause(said: str) -> str:
    """A statement up to the end of its first clause with a value: "$7$ when divided by $10$" is "$7$"."""
    for end in _END.finditer(said):
        before = said[: end.start()]
        if before.count("$") % 2 == 0 and (_holds_value(before) or not _holds_value(said)):
            return before
    return said


def _bare(text: str) -> str | None:
    """A formula without its delimiters: "\\( x \\)." is "x"; None if nothing is left."""
    said = text.replace("...", "…").strip(" \n\t*✅✓✔🎉").lstrip("} ").strip()
    if boxes := contract.boxed(said):
        said = ", ".join(boxes)
    said = _DOLLARS.sub("$", said).rstrip(" .,;:").strip()
    said = said.strip("$").rstrip(" .,;:").strip() if said.startswith("$") or said.count("$") == 1 else said
    return said if said and len(said) <= _LONGEST and any(char.isalnum() for char in said) else None


def _holds_value(text: str) -> bool:
    return any(map(str.isdigit, text)) or any(_is_value(match, text) for match in _MATHS.finditer(text))


def _is_value(match: re.Match[str], text: str) -> bool:
    """Whether a formula is a value, and not only a name, a unit's power or the number of a base."""
    inside = match[1].strip()
    return not (_NAME.fullmatch(inside) or inside[:1] in ("^", "_") or text.endswith("base ", 0, match.start()))


def _right_side(formula: str) -> str:
    """The result of a chain of equations or of arithmetic: 7 of "a = 3 + 4 = 7" and of "3 + 4 = 7". Other formulas stay
    whole."""
    left, *others = _EQUALS.split(formula)
    comes_to = len(others) > 1 or (others and not any(map(str.isalpha, left)))
    return others[-1].partition("\\approx")[0] if comes_to and "," not in formula else formula


def _rows(environment: re.Match[str]) -> str:
    """The rows of an environment as formulas, one a line. A matrix inside it keeps its own rows."""
    inside = environment[2]
    rows = [inside] if "\\begin" in inside else inside.replace("&", "").split(r"\\")
    return "\n".join(f"${' '.join(row.split())}$" for row in rows if row.strip())


def _words(text: str) -> list[str]:
    """The words of a text outside its formulas."""
    return [word for word in _WORD.findall(text) if word.lower() not in _IN_FORMULAS]
