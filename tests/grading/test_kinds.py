"""Each kind: what its statements and its fallback read, literally."""

import pytest

from cot_distill.errors import UserError
from cot_distill.grading import canonical, read

FRUIT = ("red apple", "a pear", "plum", "none of these")
TEN = ("alpha", "beta", "gamma", "delta", "eps", "zeta", "eta", "theta", "iota", "kappa")
PRICES = ("Rs. 666", "Rs. 670", "12/5", "25%", "Cannot be determined")
TRUTHS = ("True", "False")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("1,234.50", "1234.5"),
        ("$1,234.00", "1234"),
        (r"\$1{,}234", "1234"),
        ("−5", "-5"),
        ("negative 12", "-12"),
        ("3/4", "0.75"),
        ("1/3", "1/3"),
        ("2 1/2", "2.5"),
        ("½", "0.5"),
        ("45%", "45"),
        ("3 million people", "3000000"),
        ("1.2 x 10^5", "120000"),
        ("1.5e3", "1500"),
        ("3:30", "3.5"),
        ("2 hours and 30 minutes", "2.5"),
        ("5 dollars and 20 cents", "5.2"),
        ("4 dollars, 5 cents", "4.05"),
        ("1'000'000", "1000000"),
        ("1.000.000", "1000000"),
        ("1.250,50 Euro", "1250.5"),
        ("$3{,}5$", "3.5"),
        ("1 000 000", "1000000"),
        ("x = 5", "5"),
        ("5 + 7 = 12 apples", "12"),
        ("12 = 3*4", "12"),
        ("12 apples (5 red ones and 7 green ones)", "12"),
        ("18, not 20", "18"),
        ("24 pencils in 6 boxes", "24"),
        ("7, since 3 + 4 is that", "7"),
        ("5!", "5"),
        (r"$2^{10}$", "1024"),
        (r"$10^{-3}$", "0.001"),
        (r"$\sqrt{49}$", "7"),
        (r"$3\cdot5$", "15"),
        (r"$5!$", "120"),
        (r"$\binom{6}{2}$", "15"),
        (r"$3^{4}-1$", "80"),
        (r"$\sqrt{144}+5$", "17"),
        ("3 dozen", "36"),
        (r"$\frac{3}{4}$", "0.75"),
        (r"$3\frac{3}{4}$", "3.75"),
        (r"$12 \text{ m}^2$", "12"),
        ("90 minutes (1.5 hours)", "90"),
        ("1,700 m or 1.7 km", "1700"),
    ],
)
def test_number_statements(said: str, answer: str) -> None:
    assert read(f"The answer is {said}.", "number").answer == answer
    if not any(sign in said for sign in "!$"):
        assert read(rf"\boxed{{{said}}}", "number").answer == answer


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("So the total is 42 dollars.", None, "42"),
        ("That is 3 * 4 = 12 pens. So she has 12 of 4 pens.", None, "12"),
        ("So 3 + 4 = 7 in 2 boxes.", None, "7"),
        ("He has 3 boxes of 4, so 12 pens in all.", None, "12"),
        ("She has **15** apples left, of 20.", None, "15"),
        ("**Total cost:** $12 + $8 = **$20**", None, "20"),
        ("8 * 9 = 72.\nSo she has 72 pens after she gave 5 away.", None, "72"),
        ("To pick 24 sacks takes 3 days.", "He picks 8 a day. How long do 24 sacks take?", "3"),
        ("8 / 4 = 2.\nSo each of the 4 boys will receive 2 in all.", "How many will each boy receive?", "2"),
        ("9 - 2 = 7. Ann has 7 eggs left after she ate 2 eggs.", None, "7"),
        ("It takes 1.5 hours (90 minutes).", "How many minutes does it take?", "90"),
        ("So she pays 75 cents ($0.75).", "How many dollars does she pay?", "0.75"),
        ("So x = 18.\n\nCheck: 18 + 6 = 24.", None, "18"),
        ("He has 9 caps.\n\n**Explanation:**\n- Start: 12\n- Lost: 3", None, "9"),
        ("We get 9, not 12.", None, "9"),
        ("There are 10 things. Here is the count:\n\n1. **Balls (6):** red.\n2. **Cubes (4):** blue.", None, "10"),
        ("She earns $18. Would you like 2 more examples?", None, "18"),
    ],
)
def test_number_fallback(text: str, question: str | None, answer: str) -> None:
    reading = read(text, "number", question=question)
    assert (reading.answer, reading.step, reading.stated) == (answer, "conclusion", False)


@pytest.mark.parametrize(
    ("text", "answer", "step"),
    [
        ("The answer is C.", "C", "answer_line"),
        ("The answer is (b), since A is wrong.", "B", "answer_line"),
        ("The answer is D: none of these", "D", "answer_line"),
        ("The answer is **option C**", "C", "answer_line"),
        ("The answer is B, not A.", "B", "answer_line"),
        ("The answer is not A but B.", None, None),
        ('{"reasoning": "It is blue.", "choice": "C"}', "C", "answer_line"),
        ("TheanswerisD", "D", "answer_line"),
        ("The answer is plum.", "C", "answer_line"),
        ("The answer is a pear, as said.", "B", "answer_line"),
        ("The answer is pears.", "B", "answer_line"),
        ("The correct option is **C**.", "C", "answer_line"),
        ("Therefore, B is the correct answer, as C grows on trees.", "B", "answer_line"),
        (r"Hence $\boxed{\text{C}}$", "C", "boxed"),
        (r"\boxed{\text{(C) plum}}", "C", "boxed"),
        ("B", "B", "whole"),
        ("B) a pear.", "B", "whole"),
        ("plum", "C", "whole"),
        ('{"choice": "B"}', "B", "answer_line"),
        ("(A) is red.\n(B) is green.\n\nI would take (C).", "C", "named_choice"),
        ("Pears are green. So I would say plum.", "C", "named_choice"),
        ("So it is **B**, and not C.", "B", "named_choice"),
        ("A, B and C are wrong, so it is D.", "D", "named_choice"),
        ("The answer is E", None, None),
        ("The answer is Apple", None, None),
        ("So it is B or C.", None, None),
        ("| A | ❌ |\n| B | ✅ |", None, None),
    ],
)
def test_letters_of_choices(text: str, answer: str | None, step: str | None) -> None:
    reading = read(text, "letter", FRUIT)
    assert (reading.answer, reading.step) == (answer, step)


@pytest.mark.parametrize(
    ("text", "choices", "answer"),
    [
        ("Every other one fails.\n\nI would choose H.", TEN, "H"),
        ("I think it's (H).", TEN, "H"),
        ("All others fail, so only J remains.", TEN, "J"),
        ("The answer is I.", TEN, "I"),
        ("I am sure that a cat is eta.", TEN, "G"),
        ("The answer is K", TEN, None),
        ("I believe F is right.", TEN, "F"),
        ("After all, I would go with (J).", TEN, "J"),
        ("The answer is Q.", None, "Q"),
        ("So he pays 666.", PRICES, "A"),
        (r"The answer is \frac{12}{5}.", PRICES, "C"),
        ("The answer cannot be determined from this.", PRICES, "E"),
        ("The answer is A pear", FRUIT, "B"),
        ("The answer is not hungry.", ("hungry", "not hungry"), "B"),
        ("The answer is A) B and D", ("B and D", "fur"), "A"),
    ],
)
def test_letters_and_words(text: str, choices: tuple[str, ...] | None, answer: str | None) -> None:
    assert read(text, "letter", choices).answer == answer


@pytest.mark.parametrize("labels", [("1", "2", "3", "4"), ("0", "1", "2", "3")])
def test_labels_that_are_numbers(labels: tuple[str, ...]) -> None:
    for text in (f"The answer is {labels[2]}.", "The answer is C.", f"So option {labels[2]} fits."):
        assert read(text, "letter", FRUIT, labels=labels).answer == "C"
    assert canonical(labels[1], "letter", FRUIT, labels) == "B"
    assert read("The answer is 3.", "letter", FRUIT).answer is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answers are A, C and D.", "A, C, D"),
        ("Answer: D, A", "A, D"),
        ("ACD", "A, C, D"),
        (r"\boxed{A, C}", "A, C"),
        (r"\boxed{C} and \boxed{A}", "A, C"),
        ("The answer is B.", "B"),
        ("The answer is red apple and plum.", "A, C"),
        ("B is wrong. So only A and C fit, but not D.", "A, C"),
        ("I do not know.", None),
    ],
)
def test_letters_of_several_choices(text: str, answer: str | None) -> None:
    assert read(text, "letters", FRUIT).answer == answer


@pytest.mark.parametrize(
    ("text", "answer", "step"),
    [
        ("So no. The answer is True.", "True", "answer_line"),
        ("The answer is no, since it sinks.", "False", "answer_line"),
        ("THE ANSWER IS FALSE", "False", "answer_line"),
        ("The answer is most likely not true.", "False", "answer_line"),
        (r"\boxed{\text{Yes}}", "True", "boxed"),
        ("Yes.", "True", "whole"),
        ("Yes, since it is light.", "True", "opening"),
        ("True or False? False, it sinks.", "False", "closing"),
        ("It sinks. Therefore, the statement is false.", "False", "closing"),
        ("It is light.\nNo, it would sink.", "False", "closing"),
        ("Thus, no, whales are not fish.", "False", "closing"),
        ('{"answer": false}', "False", "answer_line"),
        ("It depends.", None, None),
        ("So it is neither yes nor no.", None, None),
        ("No evidence exists.", None, None),
        ("This cannot be answered with yes or no.", None, None),
        ("The answer is notable.", None, None),
        ("Fish would not fly.", None, None),
    ],
)
def test_booleans(text: str, answer: str | None, step: str | None) -> None:
    reading = read(text, "boolean")
    assert (reading.answer, reading.step) == (answer, step)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is B.", "False"),
        ("B", "False"),
        ("It floats. So it is (A).", "True"),
        ("The answer is true.", "True"),
    ],
)
def test_booleans_as_choices(text: str, answer: str) -> None:
    assert read(text, "boolean", TRUTHS).answer == answer
    assert read(text, "letter", TRUTHS).answer == {"True": "A", "False": "B"}[answer]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"The answer is $\frac{1}{2}$.", r"\frac{1}{2}"),
        (r"The answer is \( 2\sqrt{3} \)", r"2\sqrt{3}"),
        ("The answer is $x = 5$, since it is odd.", "x = 5"),
        ("The answer is $7$ when divided by $10$.", "7"),
        ("Final Answer: The largest $n$ is 34.", "34"),
        ("So the answer to this is 6, since there are 12 halves.", "6"),
        (r"\boxed{\text{The answer is } 7}", "The answer is  7"),
        (r"\boxed{1} and \boxed{2}", "1, 2"),
        (r"Part (a): \boxed{1}. Part (b): \boxed{2}", "1, 2"),
        (r"\boxed{1}, so we get \boxed{2}", "2"),
        ("$x + 1$.", "x + 1"),
        ("We get $x = 5$.", "x = 5"),
        (r"Hence $2^3 + 1 = 8 + 1 = 9 \approx 10$.", "9"),
        ("Hence $a = 18$, $b = 2$, and $a + b + 1 = 20 + 1 = 21$.", "21"),
        (r"So it is \boxed{0.1666...}.", "0.1666…"),
        ("The answer is 0.333...", "0.333…"),
        (r"The value is \boxed{\text{the total is } 15}", "15"),
        ("Hence the roots are $1$ and $2$.", "1, 2"),
        ("\\begin{align*}a &= 3 + 4 \\\\ &= 7.\\end{align*}", "7."),
        ("There are 12 of them.", "12"),
        ("So x >= -2.", "x >= -2"),
        ("The longest was kicked by **John Kasay** (45 yards).", "John Kasay"),
        ("All four count. So the longest was by John Kasay.", "John Kasay"),
    ],
)
def test_latex(text: str, answer: str) -> None:
    reading = read(text, "latex")
    assert reading.answer is not None
    assert reading.answer.strip(" .") == answer.strip(" .").removeprefix("The answer is  ")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is Marie Curie.", "Marie Curie"),
        ("**Answer:** Paris, which is large", "Paris"),
        (r"\boxed{\text{New York}}", "New York"),
        ("Marie Curie", "Marie Curie"),
        ("Two won it. So the prize was shared by **Ann Lee** (again).", "Ann Lee"),
        ("Two won it. The last one was Ann Lee.", "Ann Lee"),
        ("I do not know.", None),
    ],
)
def test_text(text: str, answer: str | None) -> None:
    assert read(text, "text").answer == answer


@pytest.mark.parametrize(
    ("answer", "kind", "expected"),
    [
        ("145.0", "number", "145"),
        ("-0.05", "number", "-0.05"),
        ("007", "number", "7"),
        ("1 2", "number", None),
        ("(b)", "letter", "B"),
        ("C, A", "letters", "A, C"),
        ("Yes", "boolean", "True"),
        (r"$\frac12$.", "latex", r"\frac12"),
        (" Paris ", "text", "Paris"),
        ("", "text", None),
    ],
)
def test_canonical(answer: str, kind: str, expected: str | None) -> None:
    assert canonical(answer, kind, FRUIT) == expected


def test_an_unknown_kind() -> None:
    with pytest.raises(UserError, match="answer kind 'poem' is unknown; valid: number, letter, letters, boolean"):
        canonical("x", "poem")
