r"""Where in a row a value is: a column, a path below it, a turn of a conversation, or a template of several.

question                        a column, whatever its name holds
choices.text, answers.text[0]   into objects and lists; of a list of objects, each one's
messages[user]                  the last user turn of a conversation; messages[assistant]: the turn that answers it
{passage}\n\n{question}         a text of several; {input?} may be empty
"""

import ast
import functools
import itertools
import json
import re
import warnings
from collections.abc import Mapping
from typing import Any

from cot_distill.errors import UserError
from cot_distill.problems.row import NumberText, Row, as_json

Steps = tuple[str | int, ...]

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d{1,4}|[a-z]+)\]")
_FIELD = re.compile(r"\{([^{}]+?)(\??)\}")
ROLES = {
    "user": ("user", "human", "prompter"),
    "assistant": ("assistant", "gpt", "model", "bot", "chatgpt"),
}
"""What the two sides of a conversation are called in the files of different programs."""
_ROLE_KEYS, _TEXT_KEYS = ("role", "from"), ("content", "value", "text", "parts")
_SAYS_ROLE = re.compile(rf"\[(?:{'|'.join(ROLES)})\]$")
_LITERAL = re.compile(r"\s*[\[{]\s*(?:['\"\d\[({-]|True|False|None)")
_ARRAY = re.compile(r"\barray\((\[[^\[\]]*\])(?:,\s*dtype=\w+)?\)")
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.S)
_WITHOUT_COMMAS = re.compile(rf"\[\s*(?:{_QUOTED.pattern})(?:\s+(?:{_QUOTED.pattern}))+\s*\]", re.S)
"""What numpy prints, which Python would read as one text: ['red' 'blue']."""
_LONGEST_LITERAL = 100_000


def at(row: Mapping[str, Any], path: str) -> Any:
    """The value at a path; None where there is none."""
    if path in row:
        return row[path]
    value: Any = row
    for step in _steps(path):
        value = _below(value, step)
    return value


def has(row: Mapping[str, Any], path: str) -> bool:
    """Whether a row has the column that a path or each part of a template begins with."""
    if is_template(row, path):
        return all(has(row, name) for name, _ in _FIELD.findall(path))
    first, *deeper = _steps(path) or (path,)
    inside = row.get(str(first))
    if path in row or not deeper:
        return path in row
    # What lies deeper may be missing in one row alone; then it is that row's fault.
    return str(first) in row and (not isinstance(inside, dict) or not inside or deeper[0] in inside)


def is_template(row: Mapping[str, Any], path: str) -> bool:
    """Whether a name is a template rather than a column or path."""
    return path not in row and _FIELD.search(path) is not None


def text_at(row: Row, path: str) -> str:
    """The text at a path or of a template. Raises BadRow where a part is none, or is empty and may not be."""
    value = row.get(path)
    if type(value) is str and value.isascii() and (text := value.strip()):  # as nearly all are
        return text
    if path in row or not is_template(row, path):
        return _text(row, path)

    def filled(field: re.Match[str]) -> str:
        value = at(row, field[1])
        empty = value is None or (isinstance(value, str) and not value.strip())
        return "" if field[2] and empty else _text(row, field[1])

    return _FIELD.sub(filled, path.replace("\\n", "\n")).strip()


def structured(value: Any) -> Any:
    """A cell that holds a list or an object as JSON or as Python prints it, as that; any other value as it is."""
    if type(value) is not str or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        return json.loads(value, parse_int=NumberText, parse_float=NumberText)
    except (ValueError, RecursionError):
        pass
    if len(value) > _LONGEST_LITERAL or not _LITERAL.match(value):
        return value
    literal = _ARRAY.sub(r"\1", value.strip())
    if _WITHOUT_COMMAS.fullmatch(literal):
        literal = f"[{', '.join(_QUOTED.findall(literal))}]"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that Python does not know
            return as_json(ast.literal_eval(literal))
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return value


def turns(value: Any) -> list[tuple[str, str]]:
    """The turns of a conversation in ShareGPT's or OpenAI's form that say something, each with who speaks; none where
    it is no conversation."""
    found = []
    for turn in value if isinstance(value, list) else ():
        if not isinstance(turn, dict):
            return []
        role = next((turn[key] for key in _ROLE_KEYS if isinstance(turn.get(key), str)), None)
        said = next((turn[key] for key in _TEXT_KEYS if key in turn), None)
        if isinstance(said, list):  # parts, of which those of text count
            said = "\n".join(part["text"] for part in said if isinstance(part, dict) and _is_text(part.get("text")))
        if role is None or not isinstance(said, str | None):
            return []
        known = next((name for name, names in ROLES.items() if role.casefold() in names), role.casefold())
        if said and said.strip():  # none calls a tool
            found.append((known, said))
    return found


def speaks(path: str) -> bool:
    """Whether a path names a turn of a conversation."""
    return _SAYS_ROLE.search(path) is not None


@functools.lru_cache(1024)
def _steps(path: str) -> Steps:
    found: list[str | int] = []
    place = 0
    while place < len(path):
        match = _STEP.match(path, place)
        if match is None:
            raise UserError(f"{path!r} is no column or path such as choices.text or answers.text[0]; mend it in own")
        name, index = match.groups()
        found.append(name if name is not None else int(index) if index.isdigit() else f"[{index}]")
        place = match.end()
    return tuple(found)


def _below(value: Any, step: str | int) -> Any:
    value = structured(value)
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else None
    if step in ("[user]", "[assistant]"):
        return _said(turns(value), step.strip("[]"))
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return [item.get(step) for item in value]
    return None


def _said(spoken: list[tuple[str, str]], role: str) -> str | None:
    """The last user turn that is answered, or what answers it, between whose turns tools may speak; of one side alone
    its last turn."""
    both = itertools.groupby((turn for turn in spoken if turn[0] in ROLES), key=lambda turn: turn[0])
    groups = [(who, [said for _, said in turns]) for who, turns in both]
    for (asks, questions), (_, answers) in reversed(list(itertools.pairwise(groups))):
        if asks == "user":
            return questions[-1] if role == "user" else "\n".join(answers)
    return groups[-1][1][-1] if [who for who, _ in groups] == [role] else None


def _text(row: Row, path: str) -> str:
    value = at(row, path)
    if isinstance(value, NumberText):
        return str(value)
    if value is None and speaks(path):
        raise row.fault(f"{path!r}: holds no user turn that an assistant turn answers")
    return row.as_text(path, value, value is not None or has(row, path))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
