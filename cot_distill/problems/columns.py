"""The section `own` of params.yaml: where your data are, and which column holds what.

What is null is found out (`detecting`); `cot-distill look` prints the section as it is read then.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from cot_distill.grading import KINDS
from cot_distill.problems.answers import FORMS
from cot_distill.problems.opening import Dialect
from cot_distill.settings import Section, one_of

BAD_ROWS = ("stop", "drop")


def _encoding(value: str | None) -> str | None:
    try:
        b"".decode(value or "utf-8")
    except LookupError:
        raise ValueError("valid: null, utf-8, utf-16, latin-1, cp1252 and the other encodings of Python") from None
    return value


class Columns(Section):
    """Which data, and which of its columns hold what. A column may be a path or a template; see `paths`."""

    file: str | None = None
    """A file, a glob or a folder, in the folder of benchmarks; or OWNER/NAME of a data set on the hub."""
    config: str | None = None
    """Of a data set on the hub."""
    splits: dict[Annotated[str, one_of(("train", "test", "dev"))], str | list[str]] | None = None
    """What the splits are called: files, the hub's splits, or values of the column `split`."""
    split: str | None = None
    question: str | None = None
    choices: str | list[str] | Literal[False] | None = None
    """A path, or several, one a choice; False: none, also where some are there."""
    answer: str | None = None
    answer_form: Annotated[str | None, one_of((None, *FORMS))] = None
    """How an answer says which choice is right; see `answers`."""
    answer_kind: Annotated[str | None, one_of((None, *KINDS))] = None
    rationale: str | Literal[False] | None = None
    """False: none, also where one is there."""
    delimiter: Annotated[str | None, Field(min_length=1, max_length=1)] = None
    encoding: Annotated[str | None, AfterValidator(_encoding)] = None
    bad_rows: Annotated[str, one_of(BAD_ROWS)] = "stop"
    shuffle_choices: bool = False

    @property
    def called(self) -> dict[str, list[str]]:
        """What each split of `splits` is called."""
        return {split: [one] if isinstance(one, str) else one for split, one in (self.splits or {}).items()}

    @property
    def dialect(self) -> Dialect:
        """How its text files are written."""
        return Dialect(self.delimiter, self.encoding)
