"""What other people call the datasets: hub owner, configuration, case and separators do not count.

openai/gsm8k:main → gsm8k      AQuA-RAT → aqua      tau/commonsense_qa → csqa      HuggingFaceH4/MATH-500 → math
"""

import functools
import re

from cot_distill.errors import UserError
from cot_distill.problems import ANSWER_KIND_OF, FACTS

_PART = re.compile(r"[/:|@,()\[\]]")
_SEPARATORS = re.compile(r"[\W_]+")
_SPLIT = re.compile(
    r"(?:[\W_]*\b(?:main|socratic|raw|default|train|test|dev|val|valid|validation|benchmark|dataset|v?1\.\d+))+[\W_]*$"
)


def answer_kind_of(name: object) -> str:
    """The kind of answers of a dataset by any of its usual names. Raises UserError where no dataset is called so."""
    known = _known(name[:200]) if isinstance(name, str) else None
    if known is None:
        raise UserError(f"dataset is {repr(name)[:60]}; valid: {', '.join(ANSWER_KIND_OF)}, or give answer_kind")
    return ANSWER_KIND_OF[known]


@functools.lru_cache(1024)
def _known(name: str) -> str | None:
    for part in _PART.split(name.casefold().replace("_", "-")):
        for said in (part, _SPLIT.sub("", part)):
            for facts in FACTS.values():
                if re.fullmatch(facts.names, _SEPARATORS.sub("", said)):
                    return facts.name
    return None
