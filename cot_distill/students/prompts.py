"""Renders a prompt as the tokens that the student reads. Training and evaluation both use it."""

import copy
import functools
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from cot_distill.errors import UserError
from cot_distill.records import Example
from cot_distill.students.templates import Frame

AS_ITS_TEMPLATE, PLAIN = "template", "plain"
"""How thoughts are written before the answer: in the way of the student's own template, or as text."""
_MARK = "\ue001\ue002\ue001"
"""Replaces a control token while a text is read; see `_Reader`."""


def render(prompt_text: str, template: str, tokenizer: Any) -> list[int]:
    """The token ids of a prompt as the student reads it: in its template, with one BOS if the tokenizer adds one or the
    template needs one. Raises UserError if the template does not fit the tokenizer."""
    return _tokens([frame(template, tokenizer).runs(prompt_text)], template, tokenizer)[0]


def render_examples(
    examples: Sequence[Example], template: str, tokenizer: Any, thoughts: str = AS_ITS_TEMPLATE
) -> list[tuple[list[int], int]]:
    """For each example, the token ids of prompt, completion and end token, and how many of them are the prompt.

    `thoughts` (AS_ITS_TEMPLATE or PLAIN) says how an example's thoughts are written. If a template has no way to write
    them, they are plain. Raises UserError if the prompt's tokens are not a prefix of the whole, since the student would
    then be trained on other prompts than it is asked, and as `render` does.
    """
    around = frame(template, tokenizer)
    prompts = [around.runs(example.prompt) for example in examples]
    whole = [[*runs, *_completion(one, around, thoughts)] for runs, one in zip(prompts, examples, strict=True)]
    ids = _tokens([*prompts, *whole], template, tokenizer)
    rendered = []
    for example, prompt_ids, example_ids in zip(examples, ids, ids[len(examples) :], strict=False):
        if example_ids[: len(prompt_ids)] != prompt_ids:
            raise UserError(
                f"{example.problem_id}: with template {template!r} the prompt's tokens change when the completion "
                f"{example.completion[:40]!r} follows; choose another template for this student"
            )
        rendered.append(([*example_ids, around.end], len(prompt_ids)))
    return rendered


def render_written(prompt_text: str, written: str, template: str, tokenizer: Any) -> list[int]:
    """The token ids of a prompt and of the student's text after it, as `decoding.conversations.written_text` returns
    it, so that the student continues there. Raises UserError as `render` does."""
    around = frame(template, tokenizer)
    if around.thinking:  # the text may begin with the opening of its thoughts
        runs: list[int | str] = [written.removeprefix(around.turn.opened)]
    else:
        runs = [*around.lead, written.removeprefix(around.turn.lead)]
    return _tokens([[*around.runs(prompt_text), *runs]], template, tokenizer)[0]


def _completion(example: Example, around: Frame, thoughts: str) -> list[int | str]:
    """What the student must write: its thoughts first if it has some, or what its template writes instead of them."""
    if example.thoughts and thoughts == AS_ITS_TEMPLATE and around.thinking:
        before, between = around.thinking
        return [*before, example.thoughts, *between, example.completion]
    text = f"{example.thoughts}\n{example.completion}" if example.thoughts else example.completion
    return [*around.lead, text.removeprefix(around.turn.lead)]


def end_token_id(template: str, tokenizer: Any) -> int:
    """The token that ends the student's turn. It is trained, and evaluation stops at it. Raises UserError as `render`
    does."""
    return frame(template, tokenizer).end


def frame(template: str, tokenizer: Any) -> Frame:
    """The template's frame for this tokenizer. Raises UserError if they do not fit."""
    return _frame(template, tokenizer, str(tokenizer.chat_template))


@functools.lru_cache(maxsize=4)
def _frame(template: str, tokenizer: Any, _: str) -> Frame:
    return Frame(template, tokenizer)


def _tokens(texts: Sequence[Sequence[int | str]], template: str, tokenizer: Any) -> list[list[int]]:
    """The token ids of texts with control tokens between them. A text never becomes a control token, whatever it
    says."""
    control = frame(template, tokenizer).control_ids - {tokenizer.unk_token_id}
    found = []
    for runs, read in zip(texts, _reader(tokenizer, len(tokenizer)).read(texts), strict=True):
        told = "".join(run for run in runs if isinstance(run, str))[:40]
        if not control.isdisjoint(read):
            name = tokenizer.convert_ids_to_tokens(next(token for token in read if token in control))
            raise UserError(
                f"a text holds {name}, which this student's tokenizer takes for a control token ({told!r}); mend the "
                "tokenizer or leave the problem out"
            )
        between = [run for run in runs if isinstance(run, int)]
        if read.count(None) != len(between):
            raise UserError(f"a text holds {_MARK!r}, which stands for control tokens ({told!r}); leave it out")
        left = iter(between)
        found.append([next(left) if token is None else token for token in read])
    return found


@functools.lru_cache(maxsize=2)
def _reader(tokenizer: Any, _: int) -> "_Reader":
    return _Reader(tokenizer)


class _Reader:
    """Tokenizes texts between control tokens in their context, since some tokenizers treat the first text differently.

    A sentencepiece tokenizer may put a space before a text's beginning, but not after a control token. So the whole
    text is tokenized with `_MARK` in place of each control token. `_MARK` is a token that is added to a copy of the
    tokenizer. That copy does not turn the names of special tokens into tokens, so such names in the texts stay text.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._copy: Any = None
        if tokenizer.is_fast:
            from tokenizers import AddedToken

            self._copy = copy.deepcopy(tokenizer.backend_tokenizer)
            self._copy.no_truncation()
            self._copy.no_padding()
            self._copy.add_tokens([AddedToken(_MARK, normalized=False)])
            self._copy.encode_special_tokens = True

    def read(self, texts: Sequence[Sequence[int | str]]) -> Iterator[list[int | None]]:
        """The token ids of each text, with None for the control tokens between its parts."""
        if self._copy is None:  # for a tokenizer in Python, adjacent texts are tokenized together and others alone
            yield from map(self._alone, texts)
            return
        mark = self._copy.token_to_id(_MARK)
        marked = ["".join(run if isinstance(run, str) else _MARK for run in runs) for runs in texts]
        for read in self._copy.encode_batch_fast(marked, add_special_tokens=False):
            yield [None if token == mark else token for token in read.ids]

    def _alone(self, runs: Sequence[int | str]) -> list[int | None]:
        found: list[int | None] = []
        for is_text, met in groupby(runs, key=lambda run: isinstance(run, str)):
            if is_text:
                text = "".join(map(str, met))
                options = {"add_special_tokens": False, "split_special_tokens": True, "verbose": False}
                found += self._tokenizer(text, **options)["input_ids"]
            else:
                found += [None for _ in met]
        return found
