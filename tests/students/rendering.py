"""One example as the student reads it."""

from typing import Any

from cot_distill.records import Example
from cot_distill.students.prompts import render_examples


def render_example(prompt: str, completion: str, template: str, tokenizer: Any) -> tuple[list[int], int]:
    return render_examples([Example("example", prompt, completion)], template, tokenizer)[0]
