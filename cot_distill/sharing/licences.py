"""The hub's names of licences."""

_HUB_NAMES = frozenset(
    "apache-2.0 mit gemma llama2 llama3 llama3.1 llama3.2 llama3.3 bigscience-bloom-rail-1.0 bsd-3-clause cc-by-4.0 "
    "cc-by-sa-4.0 cc-by-nc-4.0 cc0-1.0 gpl-3.0 openrail unknown".split()
)


def front_matter(licence: str | None) -> dict[str, str]:
    """A licence in a card's front matter: the hub's name, or `other` and the licence as given."""
    if not licence:
        return {"license": "unknown"}
    if licence.lower() in _HUB_NAMES:
        return {"license": licence.lower()}
    return {"license": "other", "license_name": "-".join(licence.lower().split())}
