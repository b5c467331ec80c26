"""The model card: what a published student says of itself, from facts alone."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from cot_distill.sharing.licences import front_matter

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
    decoded: str
    """How completions were chosen in the evaluation, in words behind "decoded"."""
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
    from huggingface_hub import EvalResult, ModelCardData

    accuracy = EvalResult(
        task_type="text-generation",
        dataset_type=facts.dataset_on_hub or facts.dataset,
        dataset_name=facts.dataset,
        dataset_split="test",
        metric_type="accuracy",
        metric_name="Accuracy of the final answer (%)",
        metric_value=round(100 * facts.evaluation["accuracy"], 2),
    )
    licence: dict[str, Any] = {**front_matter(facts.base_licence)}
    matter = ModelCardData(
        language="en",
        **licence,
        library_name="transformers",
        pipeline_tag="text-generation",
        tags=[TAG, "chain-of-thought", "distillation"],
        base_model=facts.base_on_hub,
        datasets=[facts.dataset_on_hub] if facts.dataset_on_hub else None,
        model_name=facts.name,
        eval_results=[accuracy],
    )
    return f"{matter.to_yaml()}\n"


def _page(facts: Facts) -> str:
    sections = (_head(facts), _results(facts), _use(facts), _LIMITS, _data(facts), _training(facts))
    return "\n".join((*sections, _licences(facts), _provenance(facts), f"## Citation\n\n```bibtex\n{_PAPER}\n```\n"))


def _head(facts: Facts) -> str:
    return f"""# {_text(facts.name)}

{_text(facts.base)}, fine-tuned by cot-distill on chains of thought for {_text(facts.dataset)}, to find out
which of them teach a small model best (after [Chen et al., 2025](https://arxiv.org/abs/2502.18001)).
"""


def _results(facts: Facts) -> str:
    seen = facts.evaluation
    this = [
        "this model",
        f"{seen['accuracy']:.1%}",
        f"{seen['accuracy_low']:.1%} to {seen['accuracy_high']:.1%}",
        f"{seen['answered_rate']:.1%}",
        f"{seen['truncated_rate']:.1%}",
        f"{seen['mean_new_tokens']:.0f}",
    ]
    base = [
        "the base model, same prompt",
        f"{seen['baseline_accuracy']:.1%}",
        "",
        f"{seen['baseline_answered_rate']:.1%}",
        "",
        "",
    ]
    head = ["", "accuracy", "95% interval", "answered", "cut off", "mean new tokens"]
    how = f"decoded {facts.decoded}, {facts.max_new_tokens} new tokens at most"
    return f"""## Results

On {seen["n"]} test problems of {_text(facts.dataset)}, {how}:

{_table(head, [this, base])}
`answered` says how often a final answer could be read at all.
"""


def _use(facts: Facts) -> str:
    return f"""## Use

It was trained on single user turns that ask a problem in these words:

{_fence(facts.asked)}
which its chat template puts to the model as

{_fence(facts.framed)}
With transformers:

```python
from transformers import pipeline

model = "OWNER/NAME"  # this repository, or the folder that holds this file
asked = {_literal(facts.asked)}
write = pipeline("text-generation", model=model)
turns = [{{"role": "user", "content": asked}}]
print(write(turns, max_new_tokens={facts.max_new_tokens})[0]["generated_text"][-1]["content"])
```

With vLLM, which draws at random unless the temperature is named:

```python
from vllm import LLM, SamplingParams

model = "OWNER/NAME"
asked = {_literal(facts.asked)}
turns = [{{"role": "user", "content": asked}}]
greedy = SamplingParams(temperature=0.0, max_tokens={facts.max_new_tokens})
print(LLM(model).chat(turns, greedy)[0].outputs[0].text)
```
"""


_LIMITS = """## Limits

It was measured on test problems of the dataset that it was trained on, after one training run with one seed: nothing is
known of other problems, and the interval covers the choice of test problems alone. Its reasoning can read well and be
wrong.
"""


def _data(facts: Facts) -> str:
    taught = facts.supervision
    rows = [
        ["dataset", facts.dataset],
        ["rationales by", facts.teacher],
        ["granularity", facts.granularity],
        ["format", facts.format],
        ["examples", f"{taught['examples']}"],
        ["with the right answer", f"{taught['verified_rate']:.1%}"],
        ["words of a rationale, mean", f"{taught['mean_words']}"],
        ["tokens of an example with its prompt, mean", f"{taught['mean_tokens']}"],
    ]
    return f"## Training data\n\n{_table(['', ''], rows)}"


def _training(facts: Facts) -> str:
    rows = [["student", facts.student], *([name, f"{value}"] for name, value in facts.training.items())]
    return f"## Training\n\n{_table(['', ''], rows)}"


def _licences(facts: Facts) -> str:
    rows = [
        ["base model", facts.base_licence or "not stated"],
        [f"problems ({facts.dataset})", facts.data_licence],
        [f"rationales ({facts.teacher})", facts.teacher_terms],
    ]
    return f"## Licences\n\n{_table(['', ''], rows)}"


def _provenance(facts: Facts) -> str:
    rows = [["code", facts.revision or "not known"], *([name, digest] for name, digest in facts.hashes.items())]
    return f"## Provenance\n\n{_table(['', ''], rows)}"


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
