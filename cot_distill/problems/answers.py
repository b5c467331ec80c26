r"""How a column of answers says which is right, and in which kind: found out once, from all rows of a file.

With choices an answer names one (`named`: by letter, by the row's own label, or by its text), counts them (`from_0`,
`from_1`), or marks each as right or wrong (`flags`: [0, 1, 0]). Without, it is a value. Wherever it ends a solution,
as `#### 18`, in `\boxed{}`, or as "The answer is 18.", that is what counts.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from cot_distill.errors import UserError
from cot_distill.grading import KINDS, canonical, contract, read_sentence, thoughts
from cot_distill.problems.offered import Offered, is_scored
from cot_distill.problems.paths import structured
from cot_distill.problems.row import NumberText, Place, Row

FORMS = ("named", "from_0", "from_1", "flags")
_DETECTED = ("number", "boolean", "letter")
MOST = 0.9
"""The share of rows from which a kind holds; the others are bad rows then."""

_LETTER = re.compile(r"\W*(?:(?:option|choice|answer)\b)?\W*([A-Za-z])\W*", re.I)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Letters, digits and signs of the full width of a Chinese character → the plain ones."""
_RUN = re.compile(r"[A-Z]{2,26}")
_BETWEEN = re.compile(r"\s*(?:[,;/&|]|\band\b)\s*|\s+")
_BETWEEN_TEXTS = re.compile(r"\s*[;|]\s*")
_TRUTHS = dict.fromkeys(("1", "1.0", "true", "yes", "t", "y"), True)
_TRUTHS |= dict.fromkeys(("0", "0.0", "false", "no", "f", "n"), False)
_AMOUNT = re.compile(r"[$€£]?\s?(-?[\d.,/]*\d)\s?(?:[%€$£]|\([^()\d]*\)|[^\W\d_]+\.?(?: [^\W\d_]+)?)?")
"""A number and what it counts: "$18", "9 (apples)", "12 cm"."""
_FORMULA = re.compile(r"\\[a-zA-Z]|\$|[\w)}\]]\s*[\^=+*/<>-]\s*[\w({\[\\]")
_NO_FORMULA = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?!\d).*|[^\W\d_]{2,}(?:[-/ ]+[^\W\d_]{2,})*", re.S)
"""A date, and words with hyphens: "2020-01-31", "north-west"."""
_STATES_FROM = 2
"""A text of more words may be a solution, whose answer is what it states."""
_LONGEST = {"number": 8, "boolean": 8, "letter": 8, "letters": 26, "latex": 60, "text": 30}
"""Words; a longer text is no answer of the kind, but may state one."""
ACCEPTED = {"text", "spans", "value", "aliases", "number"}
"""What an object of accepted answers calls them."""
_WRITTEN = (NumberText, bool)
_WORDS_OF_A_SPAN = 12
"""Where texts have more in the middle, they are no spans that can be compared."""


class Asked(NamedTuple):
    """What a row brings, before it is known how its answer is to be read."""

    place: Place
    question: str
    choices: Offered | None
    answers: tuple[str, ...]
    """One, or the items of a list."""
    is_list: bool
    rationale: str | None = None
    split: str | None = None


def answers_of(row: Row, name: str, value: Any) -> tuple[tuple[str, ...], bool]:
    """(the answers that a value holds, whether as a list). Raises BadRow where it holds none."""
    if isinstance(value, str) and value.isalnum():  # as most are: a number, a letter, a word
        return (str(value),), False
    value = structured(value)
    if isinstance(value, dict):
        value = list(value.values()) if is_scored(value) else _accepted(value)
    if isinstance(value, list):
        value = [_accepted(item) for item in value]
        items = [str(item) if isinstance(item, _WRITTEN) else row.as_text(name, item) for item in value]
        if not items:
            raise row.fault(f"{name!r} is an empty list, not an answer")
        return tuple(items), True
    if isinstance(value, _WRITTEN):
        return (str(value),), False
    text = row.as_text(name, value, value is not None)
    return (_end_of(text) or text,), False


def _accepted(value: Any) -> Any:
    """The accepted texts of an object that holds them among other facts, as SQuAD's and DROP's; else the value."""
    if not isinstance(value, dict):
        return value
    accepted = [inner for key, inner in value.items() if key in ACCEPTED]
    return next(filter(None, accepted), accepted[0] if accepted else value)


def _end_of(text: str) -> str | None:
    r"""What a solution marks as its answer, by #### or a box, else None."""
    if "####" not in text and "\\" not in text:
        return None
    said = thoughts.split(text).text
    if "####" in said:
        return said.rpartition("####")[2].strip()
    boxes = contract.boxed(said)
    return boxes[-1] if boxes else None


# --- with choices ------------------------------------------------------------------------------------------------


def selected(asked: Asked, form: str) -> tuple[int, ...] | None:
    """The places of the choices that an answer selects in this form; None where it names none, or one that is not."""
    offered, answers = asked.choices, asked.answers
    assert offered is not None
    if form == "flags":
        truths = [_TRUTHS.get(item.casefold()) for item in answers]
        if not asked.is_list or len(truths) != len(offered.texts) or None in truths:
            return None
        return tuple(place for place, right in enumerate(truths) if right) or None
    if form == "named":
        found = [_named(item, offered, asked.is_list) for item in answers]
    else:
        counts = answers if asked.is_list else _BETWEEN.split(answers[0].strip(" ()[]"))
        found = [_counted(count, len(offered.texts), int(form == "from_1")) for count in counts]
    places = {place for one in found if one for place in one}
    return tuple(sorted(places)) if places and all(found) else None


def _counted(item: str, count: int, first: int) -> tuple[int, ...] | None:
    digits = item.strip().removesuffix(".0")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 2):
        return None
    place = int(digits) - first
    return (place,) if 0 <= place < count else None


def _named(item: str, offered: Offered, in_list: bool) -> tuple[int, ...] | None:
    """The places of the choices that an item names; several only where it is no item of a list."""
    one = _one_named(item, offered)
    if one is not None or in_list:
        return None if one is None else (one,)
    parts = list(item.strip()) if _RUN.fullmatch(item.strip()) else _BETWEEN.split(item.strip(" ()[]"))
    for several in (parts, _BETWEEN_TEXTS.split(item)):
        places = [_one_named(part, offered, fuzzy=False) for part in several]
        if len(places) > 1 and None not in places and len(set(places)) == len(places):
            return tuple(sorted(place for place in places if place is not None))
    said = read_sentence(item, "letter", offered.texts) or canonical(item, "letter", offered.texts)
    return (ord(said) - ord("A"),) if said else None


def _one_named(item: str, offered: Offered, fuzzy: bool = True) -> int | None:
    texts, labels = offered.texts, offered.labels
    bare = item.strip()
    if bare in labels:
        return labels.index(bare)
    if texts.count(bare) == 1:
        return texts.index(bare)
    match = _LETTER.fullmatch(bare.translate(_WIDE))
    if match:
        alike = [place for place, label in enumerate(labels) if label.strip(" .:()[]").upper() == match[1].upper()]
        place = alike[0] if alike else ord(match[1].upper()) - ord("A")
        return place if place < len(texts) else None
    folded = [" ".join(text.casefold().split()) for text in texts]
    wanted = " ".join(bare.casefold().split())
    if fuzzy and folded.count(wanted) == 1:
        return folded.index(wanted)
    endings = [
        place for place, label in enumerate(labels) if re.search(rf"(?:^|[_ ]){re.escape(wanted)}$", label, re.I)
    ]
    return endings[0] if fuzzy and wanted and len(endings) == 1 else None


def form_of(rows: Sequence[Asked], name: str) -> str:
    """The form of all answers with choices. Raises UserError where two forms fit and differ, or none does."""
    flagged = all(one.is_list for one in rows) and any(len(one.answers) > 1 for one in rows)
    fits = {form: [selected(one, form) for one in rows] for form in FORMS if form != "flags" or flagged}
    counts = {form: sum(found is not None for found in each) for form, each in fits.items()}
    if flagged and counts["flags"] == len(rows):
        return "flags"
    most = max(counts.values())
    if 2 * most < len(rows):
        form = max(counts, key=lambda form: counts[form])
        odd = next(one for one, found in zip(rows, fits[form], strict=True) if found is None)
        raise UserError(
            f"{odd.place}: {name!r} is {said(odd)}, which is no letter, text or number of a choice; so are "
            f"{len(rows) - most:,} of {len(rows):,} answers; set own.answer to the column that names the right choice"
        )
    best = [form for form, count in counts.items() if count == most]
    if len({tuple(fits[form]) for form in best}) == 1 or (best[0] == "named" and _labelled(rows)):
        return best[0]
    raise UserError(
        f"{name!r}: whether {said(rows[0])} counts choices from 0 or from 1"
        f"{' or is the text of one' if 'named' in best else ''} cannot be told; set own.answer_form to one of "
        f"{', '.join(best)}"
    )


def _labelled(rows: Sequence[Asked]) -> bool:
    return all(one.choices is not None and set(one.answers) <= set(one.choices.labels) for one in rows)


# --- without choices ---------------------------------------------------------------------------------------------


def gold_of(answers: Sequence[str], kind: str) -> str | None:
    """The gold of an open answer of this kind; of kind text accepted ones that differ stand a line each."""
    if len(answers) == 1:
        return _gold(answers[0], kind)
    golds = dict.fromkeys(_gold(item, kind) for item in answers)
    if None in golds or (len(golds) > 1 and kind != "text"):
        return None
    return "\n".join(gold for gold in golds if gold is not None)


def _gold(item: str, kind: str) -> str | None:
    if kind == "number" and item.isascii() and item.isdigit() and item[0] != "0":
        return item  # canonical already
    if kind == "boolean" and item.casefold() in _TRUTHS:
        return str(_TRUTHS[item.casefold()])
    item = item if item.isascii() or kind == "text" else item.translate(_WIDE)
    words = len(item.split())
    stated = read_sentence(item, kind) if words > _STATES_FROM else None
    if stated is not None or words > _LONGEST[kind]:
        return stated
    amount = _AMOUNT.fullmatch(item.strip()) if kind == "number" else None
    return canonical(amount[1] if amount else " ".join(item.split()), kind)


def golds_of(rows: Sequence[Asked], kind: str) -> list[str | None]:
    """The golds of all open answers."""
    return [gold_of(one.answers, kind) for one in rows]


def kind_of(rows: Sequence[Asked], name: str) -> tuple[str, list[str | None]]:
    """(the kind of all open answers, their golds). Raises UserError where they are of several kinds, or of none that
    can be compared."""
    counts = {}
    for kind in _DETECTED:
        golds = golds_of(rows, kind)
        counts[kind] = len(rows) - golds.count(None)
        if counts[kind] >= MOST * len(rows):
            return kind, golds
    likely = max(counts, key=lambda kind: counts[kind])
    odd = [one for one in rows if gold_of(one.answers, likely) is None]
    kind = _other_kind(rows, odd, likely, counts[likely], name)
    return kind, golds_of(rows, kind)


def _other_kind(rows: Sequence[Asked], odd: Sequence[Asked], likely: str, count: int, name: str) -> str:
    """The kind of answers of which `count` are of the likely kind and the odd ones are not; raises as `kind_of`."""
    formulas = sum(_is_formula(one.answers[0]) for one in odd if gold_of(one.answers, "latex"))
    if formulas >= MOST * len(odd) or any("\\" in one.answers[0] for one in odd):
        return "latex"
    lengths = sorted(min(len(item.split()) for item in one.answers) for one in odd)
    if lengths[len(lengths) // 2] > _WORDS_OF_A_SPAN:
        raise UserError(
            f"{odd[0].place}: {name!r} holds whole texts ({lengths[len(lengths) // 2]} words in the middle) that state "
            f"no answer, and cannot be graded; graded are {', '.join(KINDS)}"
        )
    if count <= (1 - MOST) * len(rows) or any(one.is_list for one in rows):
        return "text"
    raise UserError(
        f"{odd[0].place}: {name!r} is {said(odd[0])}, not a {likely} as {count:,} of {len(rows):,} "
        f"answers are; mend it, or set own.answer_kind to one of {', '.join(KINDS)}"
    )


def _is_formula(text: str) -> bool:
    return _FORMULA.search(text) is not None and not _NO_FORMULA.fullmatch(text)


def said(one: Asked) -> str:
    """A row's answer, quoted and cut."""
    return repr(", ".join(one.answers)[:40])
