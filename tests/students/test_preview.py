"""The preview: what is read and what is trained, and nothing of it can steer the terminal."""

import pytest

from cot_distill import records
from cot_distill.errors import UserError
from cot_distill.records import Example
from cot_distill.students.base import load_tokenizer
from cot_distill.students.preview import Shown, escape, preview
from tests.inprocess import Ended, cot_distill
from tests.students.families import llama

EXAMPLES = [
    Example("p-1", "Why?", "So 3."),
    Example("p-2", "Is it <|eot_id|>?", "No.\x1b[2J\u202eé ⟦3⟧<|eot_id|>"),
    Example("p-3", "Who?", "Ann and Bob."),
]
FIRST = Shown(1, False, None)

PLAIN = """\
template llama3, BOS <|begin_of_text|>, EOS <|end_of_text|>, end of turn <|eot_id|>
⟦trained⟧
A backslash marks the name of a control token that is only text.

--- p-1: 25 prompt + 6 trained = 31 tokens
<|begin_of_text|><|start_header_id|>user<|end_header_id|>

Why?<|eot_id|><|start_header_id|>assistant<|end_header_id|>

⟦So 3.<|eot_id|>⟧

All 3 examples, in tokens:
             min  median     max
prompt        25      25      38
trained        6      13      31
total         31      38      69
36.2% of 138 tokens are trained
1 over training.max_tokens (40); training will stop at them
"""


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return load_tokenizer({"model": str(llama(tmp_path_factory.mktemp("llama")))})


def test_what_is_read_and_trained_without_colour(tokenizer) -> None:
    assert preview(EXAMPLES, "llama3", tokenizer, 40, FIRST, colour=False) == PLAIN


def test_the_loss_mask_in_colour(tokenizer) -> None:
    shown = preview(EXAMPLES, "llama3", tokenizer, 400, FIRST, colour=True)
    assert (
        "\x1b[2m\x1b[7m<|begin_of_text|><|start_header_id|>\x1b[0m\x1b[2muser\x1b[0m\x1b[2m\x1b[7m<|end_header_id|>\x1b[0m"
        "\x1b[2m\n\nWhy?\x1b[0m\x1b[2m\x1b[7m<|eot_id|><|start_header_id|>\x1b[0m\x1b[2massistant\x1b[0m"
        "\x1b[2m\x1b[7m<|end_header_id|>\x1b[0m\x1b[2m\n\n\x1b[0m\x1b[32mSo 3.\x1b[0m\x1b[32m\x1b[7m<|eot_id|>\x1b[0m\n"
    ) in shown
    assert "0 over training.max_tokens (400)\n" in shown


def test_text_cannot_steer_the_terminal_or_pass_for_a_token_or_a_mark(tokenizer) -> None:
    shown = preview(EXAMPLES, "llama3", tokenizer, 40, Shown(3, False, "p-2"), colour=False)
    assert "--- p-2: 38 prompt + 31 trained = 69 tokens, over the limit of 40\n" in shown
    assert "Is it \\<|eot_id|>?<|eot_id|>" in shown
    assert "⟦No.\\x1b[2J\\u202eé \\u27e63\\u27e7\\<|eot_id|><|eot_id|>⟧" in shown
    assert shown.count("--- p-") == 1
    assert escape("a\tb\r\n\x00\x9b\u2028\U000e0041日\\frac") == "a\\tb\\r\n\\x00\\x9b\\u2028\\U000e0041日\\frac"


def test_which_examples_are_shown(tokenizer) -> None:
    def ids(shown: Shown) -> list[str]:
        lines = preview(EXAMPLES, "llama3", tokenizer, 40, shown, colour=False).splitlines()
        return [line[4:7] for line in lines if line.startswith("--- ")]

    assert ids(Shown(2, False, None)) == ["p-1", "p-2"]
    assert ids(Shown(2, True, None)) == ["p-2", "p-3"]
    assert ids(Shown(9, False, None)) == ["p-1", "p-2", "p-3"]
    assert ids(Shown(0, False, None)) == []
    with pytest.raises(UserError, match="no example of problem 'p-9'; there are 3, such as 'p-1'"):
        ids(Shown(1, False, "p-9"))
    with pytest.raises(UserError, match="no examples to show"):
        preview([], "llama3", tokenizer, 40, FIRST, colour=False)


def test_the_command_reads_the_workspace(project) -> None:
    def asked(*options: str) -> Ended:
        with project.inside():
            return cot_distill(project.folder, "preview", *options)

    done = asked()
    assert done.code == 1
    assert (
        done.err
        == "cot-distill: data/examples/examples.parquet: no such table; `dvc repro transform` makes it; `cot-distill generate --dry-run` says before what asking its teacher costs\n"
    )
    rows = [Example("w-1", "Why?", "So."), Example("w-2", "Who?", "Ann.\x1b[2J")]
    records.write(project.folder / "data/examples/examples.parquet", rows, Example)
    assert asked("--rows", "1", "--longest").out == (
        "tiny on word_problems, solver, level 3, original\n"
        "template plain, no BOS, EOS </s>, end of turn </s>\n⟦trained⟧\n"
        "A backslash marks the name of a control token that is only text.\n\n"
        "--- w-2: 5 prompt + 9 trained = 14 tokens\nWho?\n⟦Ann.\\x1b[2J</s>⟧\n\n"
        "All 2 examples, in tokens:\n             min  median     max\nprompt         5       5       5\n"
        "trained        4     6.5       9\ntotal          9    11.5      14\n56.5% of 23 tokens are trained\n"
        "0 over training.max_tokens (2048)\n"
    )
    assert "--- w-1: " in asked("--problem", "w-1").out
    project.edit("students.yaml", {"tiny__colour": "red"})
    done = asked()
    assert done.code == 1
    assert "students.yaml: student tiny: colour is not a known setting" in done.err
