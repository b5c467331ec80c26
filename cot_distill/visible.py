"""Text that is safe for a terminal: models and files write characters that nobody would see, or that would steer it."""

import unicodedata

MARKS = "⟦", "⟧"
"""What encloses trained tokens where there is no colour."""
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def escape(text: str) -> str:
    """The text with invisible characters, and those that control a terminal, spelled out. Line breaks stay.

    The marks ⟦ ⟧ of trained tokens are spelled out too.
    """
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character == "\n" or (character not in MARKS and unicodedata.category(character) not in _INVISIBLE):
        return character
    return character.encode("unicode_escape").decode("ascii")
