"""Which training questions are almost a test question."""

from cot_distill.problems.likeness import near_duplicates
from cot_distill.records import Problem


def asked(split: str, *questions: str) -> list[Problem]:
    return [
        Problem(f"{split}-{number}", "own", split, question, None, "number", "1", None, None)
        for number, question in enumerate(questions)
    ]


def test_pairs_are_told_by_their_likeness_the_most_alike_first() -> None:
    train = asked("train", "Ann has 3 red pens and buys 4 more.", "Bob runs 5 miles each day.", "ANN has 3 red pens, and buys 5 more!")  # fmt: skip
    test = asked("test", "Ann has 3 red pens and buys 5 more.", "How far does Bob run?")
    assert near_duplicates(train, test) == [("train-2", "test-0", 100.0), ("train-0", "test-0", 96.2)]


def test_questions_of_fewer_than_three_words() -> None:
    assert near_duplicates(asked("train", "Why?", "Who ran"), asked("test", "why", "who ran?", "Who")) == [
        ("train-0", "test-0", 100.0),
        ("train-1", "test-1", 100.0),
    ]
    assert near_duplicates(asked("train", "Why?"), []) == near_duplicates([], asked("test", "Why?")) == []


def test_a_phrase_that_stands_everywhere_makes_no_pair() -> None:
    said = [f"How many legs have the cats {'of the farm ' * (number % 7)}{number}?" for number in range(60)]
    alone = "How many legs have the cats"
    assert near_duplicates(asked("train", alone), asked("test", *said)) == []
    assert near_duplicates(asked("train", alone), asked("test", *said[:50])) != []
