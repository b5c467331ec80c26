"""Which part of a sentence asserts something: what it concedes, denies, compares with or gives as a reason is aside."""

import re

_SO = re.compile(
    r"(?:[,;:]\s+|\s+[–—-]+\s+)(?:and\s+)?(?:so|thus|hence|therefore|thereby|which\s+means(?:\s+that)?|meaning(?:\s+that)?)\b,?\s+",
    re.I,
)
_LEADS = re.compile(
    r"\W*(?:(?:so|thus|therefore|hence|but|however)\W+)?(?:while|although|though|even\s+though|unlike|whereas|rather\s+than|instead\s+of|since|because|as|if|when|between|given(?:\s+that)?)\b[^,\n]{1,200},\s",
    re.I,
)
_BUT = re.compile(r"(?:[,;]\s+(?:but|yet)\s+(?!not\b)|\s+but\s+(?=it\b|it['’]s\b))(?:rather\s+|instead\s+)?", re.I)
_ASIDE = re.compile(
    r"[,;(–—]\s*(?:and\s+|but\s+)?(?:not|unlike|as(?!\s+well)|since|because|although|though|while|whereas|which|who|where|due\s+to)\b"
    r"|,?\s+(?:rather\s+than|instead\s+of|as\s+opposed\s+to|because|due\s+to|but\s+not)\b"
    r"|\s+as\s+(?=(?!well\b)[^,.]{1,60}\b(?:is|are|was|were|do|does|did|has|have|had|would|can|could|cannot)\b)",
    re.I,
)
_PARTS = re.compile(r",?\s+(?:and|nor|or)\s+")
_DENIES = re.compile(
    r"\b(?:not|never|cannot|neither|nor|incorrect|wrong|unlikely|eliminated?|ruled?\s+out|irrelevant|unrelated)\b|n?['’]t\b|\bno\s",
    re.I,
)
_NEGATION = re.compile(
    r"\b(?:not(?!\s+only)|never|no(?!\.)|none|neither|nobody|nothing|cannot|unlikely|impossible|incapable|unable|false|incorrect|untrue|doubtful|inaccurate|unfounded|disqualif\w+|inappropriate"
    r"|improbable|implausible|lacks?|hardly|beyond\s+(?:them|it|him|her|its|his|their))\b|n?['’]t\b",
    re.I,
)


def asserted(sentence: str) -> str:
    """The main clause: "so it is a plum" of "It is no pear, so it is a plum, not an apple."."""
    so = list(_SO.finditer(sentence))
    rest = sentence[so[-1].end() :] if so else sentence
    lead = _LEADS.match(rest)
    rest = rest[lead.end() :] if lead else rest
    but = _BUT.search(rest)
    rest = rest[but.end() :] if but else rest
    aside = _ASIDE.search(rest, 2)
    return (rest[: aside.start()] if aside else rest) or sentence


def denies(sentence: str) -> bool:
    """Whether a sentence says what is not so."""
    return _DENIES.search(sentence) is not None


def negations(sentence: str) -> int:
    """How many words turn what a sentence says into its opposite; where each of its parts is negated ("it is no bird
    and cannot fly") those of the last one."""
    parts = [len(_NEGATION.findall(part)) for part in _PARTS.split(sentence)]
    return parts[-1] if all(parts) else sum(parts)
