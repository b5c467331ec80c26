"""Under which terms the data may be used, and what the hub calls the datasets and the licences."""

import dataclasses

from cot_distill.problems import FACTS


@dataclasses.dataclass(frozen=True, slots=True)
class Terms:
    """A dataset's licence, and its id on the hub where it has one."""

    licence: str
    hub: str | None = None


DATA = {name: Terms(facts.licence, facts.hub) for name, facts in FACTS.items()} | {"own": Terms("yours to state")}
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
