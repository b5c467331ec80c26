"""What a model on this machine wrote, as text: the marks of its thoughts stay, other control tokens go."""

import pytest

from cot_distill.decoding import Completion
from cot_distill.decoding.conversations import written_text


class Words:
    """A tokenizer whose tokens are the words of a text, some of them control tokens."""

    def __init__(self, *special: str) -> None:
        self.names = [*special, "5?", "No.", "It", "is", "6.", "<think>", "user"]
        self.all_special_ids = [*range(len(special))]

    def ids(self, text: str) -> list[int]:
        return [self.names.index(word) for word in text.split()]

    def convert_ids_to_tokens(self, number: int) -> str:
        return self.names[number]

    def decode(self, ids: list[int], skip_special_tokens: bool) -> str:
        return " ".join(self.names[n] for n in ids if not (skip_special_tokens and n in self.all_special_ids))


def parts(tokenizer: Words, prompt: str, written: str) -> tuple[str, str, bool]:
    ids = tokenizer.ids(written)
    plain = tokenizer.decode(ids, skip_special_tokens=True)
    return Completion(written_text(tokenizer, tokenizer.ids(prompt), ids, plain, ()), 9, "stop", 9).parts


@pytest.mark.parametrize(
    ("special", "prompt", "written", "expected"),
    [
        (["[THINK]", "[/THINK]", "<pad>"], "user", "[THINK] 5? No. [/THINK] It is <pad> 6.", ("5? No.", "It is 6.", True)),
        (["[THINK]", "[/THINK]"], "user [THINK]", "5? No.", ("5? No.", "", False)),
        (["[THINK]", "[/THINK]"], "user [THINK]", "5? No. [/THINK] It is 6.", ("5? No.", "It is 6.", True)),
        (["[THINK]", "[/THINK]"], "user [THINK] [/THINK]", "It is 6.", ("", "It is 6.", True)),
        (["<end>"], "user <think>", "5? No.", ("5? No.", "", False)),
        (["<end>"], "user", "It is <end> 6.", ("", "It is 6.", True)),
    ],
)  # fmt: skip
def test_thoughts_are_told_from_the_answer(
    special: list[str], prompt: str, written: str, expected: tuple[str, str, bool]
) -> None:
    thoughts, said, finished = parts(Words(*special), prompt, written)
    assert (thoughts, " ".join(said.split()), finished) == expected
