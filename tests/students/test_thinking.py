"""Thoughts are laid out as the student's own template thinks, and are the tokens of its own chat call."""

from pathlib import Path
from typing import Any

import pytest

from cot_distill.decoding import Completion
from cot_distill.decoding.conversations import written_text
from cot_distill.evaluation.verdicts import judge, told
from cot_distill.grading.thoughts import split
from cot_distill.records import Example, Problem
from cot_distill.students.base import load_tokenizer
from cot_distill.students.preview import Shown, preview
from cot_distill.students.prompts import PLAIN, render, render_examples, render_written
from tests.students.families import QWEN_CHAT, llama, qwen3

THOUGHT, ANSWER = "Is it 6?\n\nNo: 3 + 4 = 7.", "The answer is 7."
TAGGED = f"<think>\n{THOUGHT}\n</think>\n\n{ANSWER}"
# As Qwen3's: the thoughts of the last turn are written, from a field of their own.
FIELD = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.reasoning_content %}<think>\n{{ m.reasoning_content.strip('\n') }}\n</think>\n\n{% endif %}"
    "{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
# As those of DeepSeek-R1's distils: opened where the student is to write, taken out of earlier turns.
OPENED = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content.split('</think>')[-1] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}"
)
# As gpt-oss's: channels, whose marks are control tokens.
HARMONY = (
    "{% for m in messages %}<|start|>{{ m.role }}"
    "{% if m.thinking %}<|channel|>analysis<|message|>{{ m.thinking }}<|end|><|start|>assistant{% endif %}"
    "{% if m.role == 'assistant' %}<|channel|>final{% endif %}<|message|>{{ m.content }}"
    "{% if m.role == 'assistant' and loop.last and not add_generation_prompt %}<|return|>{% else %}<|end|>{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|start|>assistant{% endif %}"
)
MAGISTRAL = QWEN_CHAT.split("{% if enable")[0] + "{# [THINK] and [/THINK] #}{% endif %}"
SILENT = QWEN_CHAT.split("{% if enable")[0] + "{% endif %}"
CHANNELS = ["<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|return|>"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return qwen3(tmp_path_factory.mktemp("qwen3"))


def thinker(folder: Path, chat: str, **settings: Any) -> Any:
    tokenizer = load_tokenizer({"model": str(folder)})
    if chat == HARMONY:
        tokenizer.add_special_tokens({"additional_special_tokens": CHANNELS})
        tokenizer.eos_token = "<|return|>"
    tokenizer.chat_template = "".join(f"{{%- set {name} = {value} -%}}" for name, value in settings.items()) + chat
    return tokenizer


def taught(tokenizer: Any, template: str = "chat", thoughts: str = "template") -> tuple[str, str]:
    """What is read and what is trained, as text."""
    example = Example("p-1", "Why?", ANSWER, thoughts=THOUGHT)
    [(ids, asked)] = render_examples([example], template, tokenizer, thoughts)
    assert ids[:asked] == render("Why?", template, tokenizer)
    return str(tokenizer.decode(ids[:asked])), str(tokenizer.decode(ids[asked:]))


@pytest.mark.parametrize(
    ("chat", "written"),
    [
        (FIELD, f"{TAGGED}<|im_end|>"),
        (QWEN_CHAT, f"{TAGGED}<|im_end|>"),
        (OPENED, f"{THOUGHT}\n</think>\n\n{ANSWER}<|im_end|>"),
        (
            HARMONY,
            f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}"
            "<|return|>",
        ),
        (MAGISTRAL, f"[THINK]\n{THOUGHT}\n[/THINK]\n\n{ANSWER}<|im_end|>"),
        (SILENT, f"{THOUGHT}\n{ANSWER}<|im_end|>"),
    ],
)
def test_thoughts_are_laid_out_as_the_template_thinks(folder: Path, chat: str, written: str) -> None:
    tokenizer = thinker(folder, chat)
    assert taught(tokenizer)[1] == written
    assert taught(tokenizer, thoughts=PLAIN)[1].startswith(f"{alone(chat)}{THOUGHT}\n{ANSWER}<|")


def alone(chat: str) -> str:
    """What the student writes before an answer without thoughts."""
    return {OPENED: "</think>\n\n", HARMONY: "<|channel|>final<|message|>"}.get(chat, "")


@pytest.mark.parametrize("chat", [FIELD, QWEN_CHAT, OPENED, HARMONY, MAGISTRAL, SILENT])
def test_examples_with_and_without_thoughts_have_one_prompt(folder: Path, chat: str) -> None:
    tokenizer = thinker(folder, chat)
    examples = [Example("p-1", "Why?", ANSWER), Example("p-2", "Why?", ANSWER, thoughts=THOUGHT)]
    prompts, written = [], []
    for ids, asked in render_examples(examples, "chat", tokenizer):
        prompts.append(ids[:asked])
        written.append(tokenizer.decode(ids[asked:-1]))
    turns = [{"role": "user", "content": "Why?"}]
    assert prompts == 2 * [tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False)]
    assert written[0] == f"{alone(chat)}{ANSWER}"


@pytest.mark.parametrize("chat", [FIELD, OPENED])
def test_a_student_goes_on_behind_what_it_wrote(folder: Path, chat: str) -> None:
    tokenizer = thinker(folder, chat)
    asked, opened = render("Why?", "chat", tokenizer), "<think>\n" if chat == OPENED else ""
    for said in ("Is it 6?", f"{THOUGHT}\n</think>\n\nWell."):
        ids = render_written("Why?", f"{opened}{said}", "chat", tokenizer)
        assert tokenizer.decode(ids) == f"{tokenizer.decode(asked)}{said}"


def test_a_student_that_is_told_not_to_think_has_them_plain(folder: Path) -> None:
    for chat in (FIELD, QWEN_CHAT):
        read, written = taught(thinker(folder, chat, enable_thinking=False))
        assert read.endswith("<think>\n\n</think>\n\n") and written == f"{THOUGHT}\n{ANSWER}<|im_end|>"


@pytest.mark.parametrize("template", ["alpaca", "plain"])
def test_templates_that_are_not_the_students_own_have_them_plain(folder: Path, template: str) -> None:
    assert taught(thinker(folder, FIELD), template)[1] == f"{THOUGHT}\n{ANSWER}<|im_end|>"


@pytest.mark.parametrize(("chat", "field"), [(FIELD, "reasoning_content"), (HARMONY, "thinking")])
def test_the_tokens_are_those_of_the_tokenizers_own_chat_call(folder: Path, chat: str, field: str) -> None:
    tokenizer = thinker(folder, chat)
    [(ids, _)] = render_examples([Example("p-1", "Why?", ANSWER, thoughts=THOUGHT)], "chat", tokenizer)
    turns = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": ANSWER, field: THOUGHT}]
    own = tokenizer.encode(tokenizer.apply_chat_template(turns, tokenize=False), add_special_tokens=False)
    assert own[: len(ids)] == ids


def test_a_control_tokens_name_in_thoughts_stays_text(folder: Path) -> None:
    tokenizer = thinker(folder, HARMONY)
    example = Example("p-1", "Why?", ANSWER, thoughts="Say <|channel|>final<|message|>9.<|return|>")
    [(ids, asked)] = render_examples([example], "chat", tokenizer)
    names = [name for name in tokenizer.convert_ids_to_tokens(ids[asked:]) if name in CHANNELS]
    assert names == [*CHANNELS[1:3], "<|end|>", "<|start|>", *CHANNELS[1:3], "<|return|>"]


def test_an_example_without_thoughts_is_as_it_was(folder: Path) -> None:
    tokenizer = thinker(folder, FIELD)
    [(ids, asked)] = render_examples([Example("p-1", "Why?", f"So.\n{ANSWER}")], "chat", tokenizer)
    assert tokenizer.decode(ids[asked:]) == f"So.\n{ANSWER}<|im_end|>"


def test_the_preview_shows_the_layout(folder: Path) -> None:
    examples = [Example("p-1", "Why?", ANSWER, thoughts=THOUGHT)]
    tokenizer, shown = thinker(folder, FIELD), Shown(1, False, None)
    assert f"⟦{TAGGED}<|im_end|>⟧" in preview(examples, "chat", tokenizer, 400, shown, False)
    assert f"⟦{THOUGHT}\n{ANSWER}<|im_end|>⟧" in preview(examples, "chat", tokenizer, 400, shown, False, PLAIN)


PROBLEM = Problem("p-1", "own", "test", "Sum?", None, "number", "7", None, None)


@pytest.mark.parametrize("chat", [FIELD, OPENED, HARMONY])
@pytest.mark.parametrize("cut", [False, True])
def test_what_a_student_writes_so_is_read_and_one_that_closes_no_thought_is_counted(
    folder: Path, chat: str, cut: bool
) -> None:
    tokenizer = thinker(folder, chat)
    [(ids, asked)] = render_examples([Example("p-1", "Why?", ANSWER, thoughts=THOUGHT)], "chat", tokenizer)
    end = len(ids) - 1 if not cut else next(n for n in range(asked, len(ids)) if "7" in tokenizer.decode(ids[asked:n]))
    written = ids[asked:end]
    plain = tokenizer.decode(written, skip_special_tokens=True)
    text = written_text(tokenizer, ids[:asked], written, plain, ())
    verdict = judge(PROBLEM, Completion(text, len(written), "length" if cut else "stop", asked))
    assert (verdict.unclosed, verdict.correct, verdict.stated) == (cut, not cut, not cut)
    assert split(text).thoughts.startswith("Is it 6?")
    assert told([verdict]).get("unclosed_rate") == (1.0 if cut else None)


def test_a_family_without_marks_has_thoughts_plain(tmp_path: Path) -> None:
    tokenizer = load_tokenizer({"model": str(llama(tmp_path, chat=True))})
    assert taught(tokenizer)[1] == f"{THOUGHT}\n{ANSWER}<|eot_id|>"
