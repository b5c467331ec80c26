"""Students: the models that learn, how a problem is put to them, and how they are fine-tuned."""

from pathlib import Path
from typing import Any

from cot_distill import catalogue

CATALOGUE = Path(__file__).with_name("catalogue.yaml")


def entries() -> dict[str, dict[str, Any]]:
    """Every student of the catalogue: id → settings."""
    return catalogue.load(CATALOGUE)
