"""The model card, which describes a published student by facts. Its text is card.txt."""

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cot_distill.problems.own import OWN
from cot_distill.sharing.licences import front_matter

TAG = "cot-distill"
"""A tag of every card. It identifies an exported folder."""


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a card."""

    name: str
    student: str
    """The student's id in the catalogue."""
    base: str
    """The name of the base model."""
    base_on_hub: str | None
    """Its hub id, if it comes from the hub."""
    base_licence: str | None
    dataset: str
    dataset_on_hub: str | None
    data_licence: str
    teacher: str
    teacher_terms: str
    """The author of the rationales, and their licence."""
    granularity: str
    format: str
    supervision: Mapping[str, float]
    """`metrics/supervision.json`."""
    training: Mapping[str, Any]
    """The params of training, the seed included."""
    evaluation: Mapping[str, float]
    """`metrics/eval.json`; rates from 0 to 1."""
    decoded: str
    """How the evaluation decoded, in words that follow "decoded"."""
    max_new_tokens: int
    """The evaluation's limit of tokens."""
    hashes: Mapping[str, str]
    """Path of each input and output → its hash, with the hash's name."""
    revision: str | None
    """The commit of the code."""
    asked: str
    """A user turn in the words of the evaluation, with placeholders."""
    framed: str
    """The same in the chat template."""


def card(facts: Facts) -> str:
    """The model card: YAML front matter that the hub reads, then Markdown. Equal facts give equal text."""
    seen, taught = facts.evaluation, facts.supervision
    template = Path(__file__).with_suffix(".txt")
    return filled(template, facts=facts, front_matter=_front_matter(facts), seen=seen, taught=taught)


def filled(template: Path, **values: Any) -> str:
    """A template of a card, filled in. Values are escaped, so that none can break out of its place."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=False, undefined=StrictUndefined, keep_trailing_newline=True)
    environment.filters.update(line=_line, fence=_fence, literal=_literal, percent="{:.1%}".format)
    return environment.from_string(template.read_text(encoding="utf-8")).render(**values)


def is_card(text: str) -> bool:
    """Whether a text is a card of this module, edited or not."""
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
    """The text on one line, escaped so that Markdown shows it as it is, in a table too."""
    return re.sub(r"([\\|<>\[\]`*~])", r"\\\1", " ".join(str(value).split()))


def _fence(text: str) -> str:
    """A code block whose fence is longer than any in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _literal(text: str) -> str:
    """The text as a Python literal with non-printing characters escaped. It cannot end a Markdown fence."""
    return repr(text).replace("```", "`\\x60`")
