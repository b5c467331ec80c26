"""Words without what inflects them."""

import functools


@functools.lru_cache(8192)
def stem(word: str) -> str:
    """A word in lower case without its usual endings: "playing", "played" and "plays" are all "play"."""
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if len(word) > len(ending) + 2 and word.endswith(ending):
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word
