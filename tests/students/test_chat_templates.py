"""Chat templates of exported students: one user turn gives the very tokens of training."""

import pytest

from cot_distill.errors import UserError
from cot_distill.students.base import load_tokenizer
from cot_distill.students.chat_templates import chat_template
from cot_distill.students.prompts import render

ASKED = 'Ann\'s "3" pens {{ x }} \\n?\n\nSolve it.'
ALPACA = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request."
    f"\n\n### Instruction:\n{ASKED}\n\n### Response:\n"
)
FRAMES = {
    "alpaca": ALPACA,
    "gemma": f"<bos><start_of_turn>user\n{ASKED}<end_of_turn>\n<start_of_turn>model\n",
    "llama3": "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n"
    f"{ASKED}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    "plain": f"{ASKED}\n",
}
DATED = "{{ strftime_now('%d %b %Y') }} {{ strftime_now(\"%Y\") }}: {{ messages[0]['content'] }}"


@pytest.fixture
def tokenizer(tiny_student):
    return load_tokenizer({"model": str(tiny_student)})


def rendered(tokenizer, jinja: str, *turns: tuple[str, str]) -> str:
    messages = [{"role": role, "content": content} for role, content in turns]
    return tokenizer.apply_chat_template(
        messages, chat_template=jinja, add_generation_prompt=True, tokenize=False
    )  # fmt: skip


@pytest.mark.parametrize(("template", "bos"), [("alpaca", None), ("gemma", "<bos>"), ("llama3", "<|begin_of_text|>"), ("plain", None)])  # fmt: skip
def test_one_user_turn_gives_the_frame_of_training(tokenizer, template, bos) -> None:
    if bos:
        tokenizer.add_special_tokens({"bos_token": bos})
    ids = tokenizer.encode(FRAMES[template], add_special_tokens=False)
    jinja = chat_template(template, tokenizer, ASKED, ids)
    assert rendered(tokenizer, jinja, ("user", ASKED)) == FRAMES[template]
    assert tokenizer.decode(ids) == FRAMES[template]


def test_later_turns_follow_and_a_system_turn_is_refused(tokenizer) -> None:
    from jinja2 import TemplateError

    jinja = chat_template("plain", tokenizer, "a", tokenizer.encode("a\n"))
    assert rendered(tokenizer, jinja, ("user", "a"), ("assistant", "b"), ("user", "c")) == "a\nb</s>c\n"
    with pytest.raises(TemplateError, match="no turn of another role"):
        rendered(tokenizer, jinja, ("system", "be kind"), ("user", "a"))


def test_a_bos_that_the_tokenizer_adds_by_itself_is_in_the_chat_template(tokenizer) -> None:
    from tokenizers import processors

    tokenizer._tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    ids = render(ASKED, "plain", tokenizer)
    assert ids[0] == 0
    jinja = chat_template("plain", tokenizer, ASKED, ids)
    assert rendered(tokenizer, jinja, ("user", ASKED)) == f"<s>{ASKED}\n"
    turns = [{"role": "user", "content": ASKED}]
    assert tokenizer.apply_chat_template(turns, chat_template=jinja, return_dict=False) == ids


def test_the_model_s_own_chat_template_stays_and_writes_one_fixed_date(tokenizer) -> None:
    tokenizer.chat_template = DATED
    ids = tokenizer.encode(f"26 Jul 2024 2024: {ASKED}")
    jinja = chat_template("chat", tokenizer, ASKED, ids)
    assert rendered(tokenizer, jinja, ("user", ASKED)) == f"26 Jul 2024 2024: {ASKED}"
    tokenizer.chat_template = "{{ messages[0]['content'] }}"
    assert chat_template("chat", tokenizer, ASKED, tokenizer.encode(ASKED)) == tokenizer.chat_template


def test_tokens_that_no_chat_template_gives_are_refused(tokenizer) -> None:
    with pytest.raises(UserError, match="no chat template gives"):
        chat_template("plain", tokenizer, ASKED, [1, 2, 3])
