"""Words without what inflects them."""

import functools

_IRREGULAR = dict(
    pair.split("/")
    for pair in (
        "spent/spend bought/buy sold/sell ate/eat eaten/eat made/make gave/give given/give paid/pay got/get took/take "
        "taken/take won/win lost/lose ran/run drove/drive wrote/write written/write drank/drink grew/grow found/find "
        "kept/keep built/build caught/catch swam/swim flew/fly cost/cost met/meet read/read held/hold threw/throw "
        "brought/bring saw/see went/go came/come rode/ride broke/break stole/steal began/begin taught/teach "
        "geese/goose mice/mouse feet/foot teeth/tooth men/man women/woman children/child people/person "
        "wolves/wolf leaves/leaf knives/knife lives/life halves/half shelves/shelf loaves/loaf thieves/thief"
    ).split()
)


@functools.lru_cache(8192)
def stem(word: str) -> str:
    """A word in lower case without what inflects it: "playing" and "plays" are both "play", and "spent" is "spend"."""
    word = _IRREGULAR.get(word, word)
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if len(word) > len(ending) + 2 and word.endswith(ending):
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    if len(word) > 3 and word.endswith("y") and word[-2] not in "aeou":
        return word[:-1] + "i"
    return word[:-1] if len(word) > 3 and word.endswith("e") else word
