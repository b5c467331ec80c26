"""Under which terms the data may be used, and what the hub calls the datasets and the licences."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Terms:
    """A dataset's licence, and its id on the hub where it has one."""

    licence: str
    hub: str | None = None


DATA = {
    "word_problems": Terms("Apache-2.0 (made by cot-distill)"),
    "svamp": Terms("MIT", "ChilleD/SVAMP"),
    "gsm8k": Terms("MIT", "openai/gsm8k"),
    "aqua": Terms("Apache-2.0", "deepmind/aqua_rat"),
    "math": Terms("MIT", "EleutherAI/hendrycks_math"),
    "csqa": Terms("MIT", "tau/commonsense_qa"),
    "obqa": Terms("not stated on its hub page; its code is Apache-2.0", "allenai/openbookqa"),
    "strategyqa": Terms("MIT"),
    "own": Terms("yours to state"),
}
"""By dataset, as the param `dataset` names it."""

_HUB_NAMES = frozenset(
    "apache-2.0 mit gemma llama2 llama3 llama3.1 llama3.2 llama3.3 bigscience-bloom-rail-1.0 bsd-3-clause cc-by-4.0 "
    "cc-by-sa-4.0 cc-by-nc-4.0 cc0-1.0 gpl-3.0 openrail".split()
)


def front_matter(licence: str | None) -> dict[str, str]:
    """A licence as a model card's front matter has it: the hub's name, or `other` and the licence as given."""
    if not licence:
        return {"license": "unknown"}
    if licence.lower() in _HUB_NAMES:
        return {"license": licence.lower()}
    return {"license": "other", "license_name": "-".join(licence.lower().split())}
