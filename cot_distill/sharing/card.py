"""The model card: it describes a published student, by facts alone. Its text is card.txt."""

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cot_distill.problems.own import OWN
from cot_distill.sharing.licences import front_matter

TAG = "cot-distill"
"""Stands among the tags of every card, and tells an exported folder from any other."""


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
    seen, taught = facts.evaluation, facts.supervision
    template = Path(__file__).with_suffix(".txt")
    return filled(template, facts=facts, front_matter=_front_matter(facts), seen=seen, taught=taught)


def filled(template: Path, **values: Any) -> str:
    """A template of a card, filled in; no value breaks out of its place."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=False, undefined=StrictUndefined, keep_trailing_newline=True)
    environment.filters.update(line=_line, fence=_fence, literal=_literal, percent="{:.1%}".format)
    return environment.from_string(template.read_text(encoding="utf-8")).render(**values)


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
        language=None if facts.dataset == OWN else "en",  # of yours nothing is known
        **licence,
        library_name="transformers",
        pipeline_tag="text-generation",
        tags=[TAG, "chain-of-thought", "distillation"],
        base_model=facts.base_on_hub,
        datasets=[facts.dataset_on_hub] if facts.dataset_on_hub else None,
        model_name=facts.name,
        eval_results=[accuracy],
    )
    return str(matter.to_yaml())


def _line(value: Any) -> str:
    """Text of one line that Markdown shows as it is, in a table too."""
    return re.sub(r"([\\|<>\[\]`*~])", r"\\\1", " ".join(str(value).split()))


def _fence(text: str) -> str:
    """A code block, its fence longer than any in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _literal(text: str) -> str:
    """The text as a Python literal, its non-printing characters escaped; a Markdown fence cannot end inside of it."""
    return repr(text).replace("```", "`\\x60`")
