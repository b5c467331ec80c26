"""Templates on tiny models of each family: what is written around a prompt, what begins and ends it, what is trained."""

from pathlib import Path

import pytest
import torch

from cot_distill.errors import UserError
from cot_distill.students.base import load_model, load_tokenizer
from cot_distill.students.prompts import end_token_id, render
from tests.students.families import FAMILIES, LLAMA_CHAT
from tests.students.rendering import render_example

ALPACA = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request."
    "\n\n### Instruction:\nWhy?\n\n### Response:\n"
)
LLAMA3 = (
    "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n"
)
GEMMA = "<bos><start_of_turn>user\nWhy?<end_of_turn>\n<start_of_turn>model\n"
QWEN = "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n"

# family, template, the frame as text, BOS at its start, the end token
RENDERED = [
    ("bloom", "alpaca", ALPACA, None, "</s>"),
    ("bloom", "plain", "Why?\n", None, "</s>"),
    ("gemma", "gemma", GEMMA, "<bos>", "<end_of_turn>"),
    ("gemma", "alpaca", f"<bos>{ALPACA}", "<bos>", "<eos>"),
    ("llama", "llama3", LLAMA3, "<|begin_of_text|>", "<|eot_id|>"),
    ("llama", "alpaca", f"<|begin_of_text|>{ALPACA}", "<|begin_of_text|>", "<|end_of_text|>"),
    ("llama", "plain", "<|begin_of_text|>Why?\n", "<|begin_of_text|>", "<|end_of_text|>"),
    ("qwen3", "chat", QWEN, None, "<|im_end|>"),
    ("qwen3", "alpaca", ALPACA, None, "<|im_end|>"),
]
CONTROL = "</s> <eos> <bos> <end_of_turn> <|eot_id|> <|begin_of_text|> <|im_end|> \ue000"


@pytest.fixture(scope="session")
def families(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: build(tmp_path_factory.mktemp(name)) for name, build in FAMILIES.items()}


@pytest.mark.parametrize(("family", "template", "text", "bos", "end"), RENDERED)
def test_what_is_asked_is_a_prefix_of_what_is_trained(families, family, template, text, bos, end) -> None:
    tokenizer = load_tokenizer({"model": str(families[family])})
    asked = render("Why?", template, tokenizer)
    ids, boundary = render_example("Why?", "So: 3.", template, tokenizer)
    assert tokenizer.decode(asked) == text
    assert ids[:boundary] == asked
    assert tokenizer.decode(ids[boundary:]) == f"So: 3.{end}"
    assert tokenizer.convert_ids_to_tokens(ids[-1]) == end
    assert end_token_id(template, tokenizer) == ids[-1]
    begins = [token for token in ids if token == tokenizer.bos_token_id]
    assert tokenizer.convert_ids_to_tokens(begins) == ([bos] if bos else [])
    assert begins in ([], ids[:1])


@pytest.mark.parametrize(("family", "template", "text", "bos", "end"), RENDERED)
def test_the_name_of_a_control_token_in_a_text_stays_text(families, family, template, text, bos, end) -> None:
    tokenizer = load_tokenizer({"model": str(families[family])})
    special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
    plain = [token for token in render_example("Why?", "So.", template, tokenizer)[0] if token in special]
    ids, boundary = render_example(f"Why?{CONTROL}", f"So.{CONTROL}", template, tokenizer)
    assert [token for token in ids if token in special] == plain
    assert ids[:boundary] == render(f"Why?{CONTROL}", template, tokenizer)
    assert tokenizer.decode(ids) == text.replace("Why?", f"Why?{CONTROL}") + f"So.{CONTROL}{end}"


@pytest.mark.parametrize(
    ("family", "template"), [("bloom", "alpaca"), ("gemma", "gemma"), ("llama", "llama3"), ("qwen3", "chat")]
)
def test_padding_is_not_trained_and_the_end_token_is(families, family, template) -> None:
    entry = {"model": str(families[family])}
    tokenizer, model = load_tokenizer(entry), load_model(entry, "float32")
    rendered = [render_example("Why?", text, template, tokenizer) for text in ("So.", "So it is 3.")]
    width = max(len(ids) for ids, _ in rendered)
    batch = {
        "input_ids": [ids + [tokenizer.pad_token_id] * (width - len(ids)) for ids, _ in rendered],
        "attention_mask": [[1] * len(ids) + [0] * (width - len(ids)) for ids, _ in rendered],
        "labels": [[-100] * at + ids[at:] + [-100] * (width - len(ids)) for ids, at in rendered],
    }
    for (ids, _), labels in zip(rendered, batch["labels"], strict=True):
        assert [label for label in labels if label != -100][-1] == ids[-1] == end_token_id(template, tokenizer)
    loss = model(**{name: torch.tensor(rows) for name, rows in batch.items()}).loss
    assert torch.isfinite(loss)
    assert loss.item() > 0


def test_a_prompt_may_be_trimmed_by_a_chat_template_and_the_date_stands_still(tmp_path) -> None:
    from tests.students.families import llama

    tokenizer = load_tokenizer({"model": str(llama(tmp_path, chat=True))})
    assert tokenizer.decode(render("  Why? ", "chat", tokenizer)) == (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nToday: 26 Jul 2024<|eot_id|>"
        + LLAMA3.removeprefix("<|begin_of_text|>")
    )
    assert end_token_id("chat", tokenizer) == tokenizer.convert_tokens_to_ids("<|eot_id|>")
    tokenizer.chat_template = LLAMA_CHAT.replace("{{ bos_token }}", "")
    assert render("Why?", "chat", tokenizer)[:2] == tokenizer.convert_tokens_to_ids(
        ["<|begin_of_text|>", "<|start_header_id|>"]
    )


def test_a_chat_template_without_an_end_of_turn_ends_in_the_tokenizers(families) -> None:
    tokenizer = load_tokenizer({"model": str(families["bloom"])})
    tokenizer.chat_template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    assert end_token_id("chat", tokenizer) == tokenizer.eos_token_id


def test_settings_of_the_entry_reach_the_chat_template_and_the_trained_folder(families, tmp_path) -> None:
    entry = {"model": str(families["qwen3"]), "chat_template": {"enable_thinking": False}}
    tokenizer = load_tokenizer(entry)
    asked = f"{QWEN}<think>\n\n</think>\n\n"
    assert tokenizer.decode(render("Why?", "chat", tokenizer)) == asked
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").touch()
    (tmp_path / "config.json").write_text('{"model_type": "qwen3"}')
    assert load_tokenizer({"model": str(tmp_path)}).apply_chat_template(
        [{"role": "user", "content": "Why?"}], tokenize=False, add_generation_prompt=True
    ) == (asked)


def test_a_token_that_strips_the_space_beside_it_does_so(families) -> None:
    from tokenizers import AddedToken

    tokenizer = load_tokenizer({"model": str(families["bloom"])})
    tokenizer.add_special_tokens({"additional_special_tokens": [AddedToken("<|bot|>", rstrip=True, special=True)]})
    tokenizer.chat_template = "{{ messages[0].content }}<|bot|>\n{{ messages[1].content if messages[1] else '' }}"
    ids, boundary = render_example("Why?", "So.", "chat", tokenizer)
    assert tokenizer.decode(ids) == "Why?<|bot|>So.</s>"
    whole = tokenizer.encode("Why?<|bot|>\nSo.", add_special_tokens=False)
    assert (ids[:-1], boundary) == (whole, len(whole) - 3)


@pytest.mark.parametrize(
    ("family", "template", "told"),
    [
        ("llama", "gemma", "template 'gemma': this student's tokenizer has no <start_of_turn>, <end_of_turn>; choose"),
        ("gemma", "llama3", "template 'llama3': this student's tokenizer has no <|start_header_id|>"),
        ("bloom", "chat", "template 'chat': this student's tokenizer has no chat template; use template 'alpaca'"),
    ],
)
def test_a_template_that_does_not_fit_is_told(families, family, template, told) -> None:
    tokenizer = load_tokenizer({"model": str(families[family])})
    with pytest.raises(UserError) as error:
        render("Why?", template, tokenizer)
    assert str(error.value).startswith(told)


@pytest.mark.parametrize(
    ("chat_template", "told"),
    [
        ("{{ raise_exception('system only') }}", "this student's chat template fails (system only)"),
        ("{% for", "this student's chat template fails ("),
        ("Hello!", "this student's chat template changes the prompt"),
    ],
)
def test_a_broken_chat_template_is_told(families, chat_template, told) -> None:
    tokenizer = load_tokenizer({"model": str(families["bloom"])})
    tokenizer.chat_template = chat_template
    with pytest.raises(UserError) as error:
        render("Why?", "chat", tokenizer)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_bos_is_told_where_the_template_needs_one(families) -> None:
    tokenizer = load_tokenizer({"model": str(families["gemma"])})
    tokenizer.bos_token = None
    with pytest.raises(
        UserError, match="template 'gemma': this student's tokenizer has no beginning-of-sequence token"
    ):
        render("Why?", "gemma", tokenizer)


def test_a_control_token_that_text_cannot_avoid_is_told(families) -> None:
    tokenizer = load_tokenizer({"model": str(families["bloom"])})
    tokenizer.eos_token = "?"  # a letter of its alphabet
    with pytest.raises(UserError, match=r"a text holds \?, which this student's tokenizer takes for a control token"):
        render("Why?", "plain", tokenizer)
