"""The model card: what a published student says of itself, from facts alone."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from cot_distill.students.licences import front_matter

TAG = "cot-distill"
"""Stands among the tags of every card, and tells an exported folder from any other."""

_PAPER = """@inproceedings{chen2025unveiling,
  title     = {Unveiling the Key Factors for Distilling Chain-of-Thought Reasoning},
  author    = {Chen and others},
  booktitle = {Findings of the Association for Computational Linguistics: ACL 2025},
  year      = {2025},
  note      = {arXiv:2502.18001}
}"""


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a card says."""

    name: str
    student: str
    """The student's id in the catalogue."""
    base: str
    """The base model in words."""
    base_on_hub: str | None
    """Its hub id, where it comes from the hub."""
    base_licence: str | None
    dataset: str
    dataset_on_hub: str | None
    data_licence: str
    teacher: str
    teacher_terms: str
    """Who wrote the rationales, under which terms."""
    granularity: str
    format: str
    supervision: Mapping[str, float]
    """`metrics/supervision.json`."""
    training: Mapping[str, Any]
    """The params of training, the seed included."""
    evaluation: Mapping[str, float]
    """`metrics/eval.json`; rates from 0 to 1."""
    max_new_tokens: int
    """The limit of the evaluation."""
    hashes: Mapping[str, str]
    """What was read or made → its hash, with the hash's name."""
    revision: str | None
    """The commit of the code."""
    asked: str
    """A user turn as the student was asked, with placeholders."""
    framed: str
    """The same with the chat template around it."""


def card(facts: Facts) -> str:
    """The model card: YAML front matter that the hub reads, then Markdown. Equal facts give equal text."""
    return f"---\n{_front_matter(facts)}---\n\n{_page(facts)}"


def is_card(text: str) -> bool:
    """Whether a text is a card of this module's, edited or not."""
    matter = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    return matter is not None and re.search(rf"^ *- {TAG}$", matter[1], re.MULTILINE) is not None


def _front_matter(facts: Facts) -> str:
    from huggingface_hub.utils import yaml_dump  # the hub's own form of YAML

    results = {
        "task": {"type": "text-generation", "name": "Text Generation"},
        "dataset": {"name": facts.dataset, "type": facts.dataset_on_hub or facts.dataset, "split": "test"},
        "metrics": [
            {"type": "accuracy", "name": "Accuracy of the final answer (%)", "value": _percent(facts.evaluation)}
        ],
    }
    matter: dict[str, Any] = {
        "language": "en",
        **front_matter(facts.base_licence),
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "tags": [TAG, "chain-of-thought", "distillation"],
    }
    if facts.base_on_hub:
        matter["base_model"] = facts.base_on_hub
    if facts.dataset_on_hub:
        matter["datasets"] = [facts.dataset_on_hub]
    matter["model-index"] = [{"name": facts.name, "results": [results]}]
    return str(yaml_dump(matter))


def _page(facts: Facts) -> str:
    seen, taught = facts.evaluation, facts.supervision
    interval = f"{seen['accuracy_low']:.1%} to {seen['accuracy_high']:.1%}"
    return f"""# {_text(facts.name)}

{
        _text(facts.base)
    }, fine-tuned on chains of thought with [cot-distill](https://arxiv.org/abs/2502.18001)'s pipeline, after
*Unveiling the Key Factors for Distilling Chain-of-Thought Reasoning*.

## Results

On the {seen["n"]} test problems of {_text(facts.dataset)}, one answer each, greedy, at most {
        facts.max_new_tokens
    } new tokens:

{
        _table(
            ["", "accuracy", "95% interval", "answered", "cut off", "mean new tokens"],
            [
                [
                    "this model",
                    f"{seen['accuracy']:.1%}",
                    interval,
                    f"{seen['answered_rate']:.1%}",
                    f"{seen['truncated_rate']:.1%}",
                    f"{seen['mean_new_tokens']:.0f}",
                ],
                [
                    "the base model, same prompt",
                    f"{seen['baseline_accuracy']:.1%}",
                    "",
                    f"{seen['baseline_answered_rate']:.1%}",
                    "",
                    "",
                ],
            ],
        )
    }
"Answered" says how often a final answer could be read at all.

## Use

It was trained on one user turn that asks a problem in these words, and on nothing else:

{_fence(facts.asked)}
The chat template puts it to the model as

{_fence(facts.framed)}
With transformers:

```python
from transformers import pipeline

model = "OWNER/NAME"  # this repository, or the folder that holds this file
write = pipeline("text-generation", model=model)
asked = {_literal(facts.asked)}
turns = [{{"role": "user", "content": asked}}]
print(write(turns, max_new_tokens={facts.max_new_tokens})[0]["generated_text"][-1]["content"])
```

With vLLM (name the temperature: its default draws at random):

```python
from vllm import LLM, SamplingParams

model = "OWNER/NAME"
asked = {_literal(facts.asked)}
turns = [{{"role": "user", "content": asked}}]
greedy = SamplingParams(temperature=0.0, max_tokens={facts.max_new_tokens})
print(LLM(model).chat(turns, greedy)[0].outputs[0].text)
```

## Limits

It was measured on test problems of the dataset that it was trained on, after one training run with one seed; nothing is
known of other problems, and the interval covers the draw of problems alone. Its reasoning can be fluent and wrong: check
what it says before anything depends on it.

## Training data

{
        _table(
            ["", ""],
            [
                ["dataset", facts.dataset],
                ["rationales by", facts.teacher],
                ["granularity", facts.granularity],
                ["format", facts.format],
                ["examples", f"{taught['examples']}"],
                ["whose answer is the right one", f"{taught['verified_rate']:.1%}"],
                ["mean length", f"{taught['mean_words']} words, {taught['mean_tokens']} tokens with the prompt"],
            ],
        )
    }
## Training

{
        _table(
            ["setting", "value"],
            [["student", facts.student], *([name, f"{value}"] for name, value in facts.training.items())],
        )
    }
## Licences

{
        _table(
            ["", "terms"],
            [
                ["base model", facts.base_licence or "not stated"],
                [f"problems ({facts.dataset})", facts.data_licence],
                [f"rationales ({facts.teacher})", facts.teacher_terms],
            ],
        )
    }
## Provenance

{
        _table(
            ["", "version"],
            [["code", facts.revision or "not known"], *([name, digest] for name, digest in facts.hashes.items())],
        )
    }
## Citation

```bibtex
{_PAPER}
```
"""


def _percent(evaluation: Mapping[str, float]) -> float:
    return round(100 * evaluation["accuracy"], 2)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_text(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _text(text: str) -> str:
    """Text of one line that Markdown shows as it is, in a table too."""
    return re.sub(r"([\\|<>\[\]`*~])", r"\\\1", " ".join(text.split()))


def _fence(text: str) -> str:
    """A code block, its fence longer than any in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}\n"


def _literal(text: str) -> str:
    """The text as a Python literal, its non-printing characters escaped; a Markdown fence cannot end inside of it."""
    return repr(text).replace("```", "`\\x60`")
