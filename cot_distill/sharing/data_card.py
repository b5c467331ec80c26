"""The card of a published data set: what its supervision is and where it came from. Its text is data_card.txt."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cot_distill.problems.own import OWN
from cot_distill.sharing.card import TAG, filled
from cot_distill.sharing.licences import front_matter


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """One table of the data set."""

    path: str
    """Its path in the data set: the folder is the configuration, the file's name the split."""
    source: Path
    """The file that is pushed."""
    rows: int
    holds: str


@dataclasses.dataclass(frozen=True, slots=True)
class DataFacts:
    """The facts of the card."""

    name: str
    student: str
    dataset: str
    dataset_on_hub: str | None
    data_licence: str
    teacher: str
    teacher_terms: str
    granularity: str
    format: str
    models: Sequence[str]
    """Each model that wrote rationales, with its revision."""
    rationales: int
    verified: int
    tables: Sequence[Table]
    counts: Sequence[tuple[str, int, int, str]]
    """(stage and split, rows in, rows kept, dropped rows by reason)."""
    hashes: Mapping[str, str]
    revision: str | None


def data_card(facts: DataFacts) -> str:
    """The card: YAML front matter that the hub reads, then Markdown. Equal facts give equal text."""
    from huggingface_hub import DatasetCardData

    configs: dict[str, list[dict[str, str]]] = {}
    for table in facts.tables:
        config, _, file = table.path.partition("/")
        configs.setdefault(config, []).append({"split": file.removesuffix(".parquet"), "path": table.path})
    licence: dict[str, Any] = {**front_matter(facts.data_licence.partition(" (")[0])}
    matter = DatasetCardData(
        **licence,
        language=None if facts.dataset == OWN else "en",  # of yours nothing is known
        tags=[TAG, "chain-of-thought", "distillation"],
        source_datasets=[facts.dataset_on_hub] if facts.dataset_on_hub else None,
        configs=[{"config_name": name, "data_files": files} for name, files in configs.items()],
    )
    return filled(Path(__file__).with_suffix(".txt"), facts=facts, front_matter=str(matter.to_yaml()))
