"""Words without what inflects them."""

_ENDINGS = ("ing", "ies", "ed", "es", "s", "e", "y")


def stem(word: str) -> str:
    """A word in lower case without its usual ending: "playing" and "plays" are both "play"."""
    for ending in _ENDINGS:
        if len(word) > len(ending) + 2 and word.endswith(ending) and not word.endswith("ss"):
            return word[: -len(ending)]
    return word
