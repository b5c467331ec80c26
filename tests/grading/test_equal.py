"""When two answers are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cot_distill.grading import equal, f1, read


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("0.5", "1/2", True),
        ("0.667", "2/3", True),
        ("0.67", "0.667", True),
        ("0.6", "2/3", False),
        ("5", "5.01", False),
        ("-5", "5", False),
    ],
)
def test_numbers(one: str, other: str, same: bool) -> None:
    assert equal(one, other, "number") is equal(other, one, "number") is same


SAME = [
    (r"\dfrac{1}{2}", r"\frac12"), ("0.5", r"\frac{1}{2}"), (r"1\frac{1}{2}", "1.5"), ("10,000", "10000"), (r"50\%", "0.5"),
    (r"7\text{ hours}", "7"), (r"30^\circ", "30"), ("x = 5", "5"), (r"12\%", "12"), ("12 square units", "12"), (r"\exp(2)", "e^2"),
    (r"\left(2, 3\right)", "(2,3)"), ("1, 2", r"\{2, 1\}"), ("[1, 2]", r"\{1, 2\}"), ("x=1, x=2", "1, 2"), (r"1 \pm \sqrt{2}", r"1+\sqrt2, 1-\sqrt2"),
    ("x+1", "1+x"), ("sqrt(8)", r"2\sqrt{2}"), ("2*pi", r"2\pi"), ("-1 + exp(16)", "e^{16} - 1"), ("14.0 + -1.0i", "14 - i"), ("3+4i", "4i+3"),
    ("x <= 2", r"x \le 2"), ("x <= 2", r"(-\infty, 2]"), ("x < 2 or x > 3", r"(-\infty,2) \cup (3,\infty)"), ("x != 5", r"x \ne 5"),
    (r"4\!:\!30 \text{ p.m.}", "4:30 p.m."), (r"4{:}30\,\mathrm{pm}", r"4:30\text{ PM}"), ("0.1666…", r"\frac16"), (r"0.1\overline{6}", r"\frac16"),
    ("90 minutes (1.5 hours)", "1.5"), (r"90\text{ minutes} = 1.5\text{ hours}", r"90\text{ minutes}"), ("52 (base 8)", "52_8"), (r"2^{10}", "1024"),
    (r"\frac{1}{2^{60}}", r"2^{-60}"), ("0.333333", r"\frac13"), ("1.2e-7", r"1.2 \times 10^{-7}"), (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", "(1,2)"),
    ("Kasay", "John Kasay"), ("the even", "even"), ("no solution", r"\emptyset"), ("2x+4y-3=0", r"y=-\frac{1}{2}x+\frac{3}{4}"), (r"\{x \mid x \geq 3\}", r"[3,\infty)"),
    ("-1 < x <= 4", "(-1, 4]"), ("(-inf, 3)", r"(-\infty,3)"), (r"i\sqrt{2}", r"\sqrt{2}i"), (r"0.8333\ldots", r"\frac56"), (r"0.\overline{27}", r"\frac{3}{11}"),
    (r"\text{4:30 p.m.}", r"4\!:\!30\text{ p.m.}"),
    (r"7\!:\!45 \, \mathrm{p.m.}", r"7:45\text{ p.m.}"), (r"3 \text{ hours} = 180 \text{ minutes}", "180"), (r"3 \pmod 7", "3"), ("2sqrt(3)", r"2\sqrt{3}"), ("7 or 3", "3, 7"), ("1 1/2", r"\frac32"), ("C. x = 42", "C"),
]  # fmt: skip
DIFFERENT = [
    (r"\frac{1}{2}", r"\frac{1}{3}"), ("-5", "5"), ("(2,3)", "(3,2)"), ("(1,2)", "[1,2]"), (r"\frac{1}{0}", "1"), ("2x", "2"), ("x+1", "x+2"),
    (r"\frac{1}{2^{98}}", r"\frac{1}{2^{99}}"), ("0.0000001", "0.0000002"), (r"1.6\times 10^{-19}", r"9.1\times 10^{-31}"), ("1.2e-7", "3.4e-7"),
    (r"10^{-20}\sqrt{2}", r"10^{-20}\sqrt{3}"), ("3.14", r"\pi"), ("0.33", r"\frac13"), ("4:30 a.m.", "4:30 p.m."), ("x <= 2", "x < 2"), ("x < 2", "x > 2"),
    ("32, 349", "32349"), ("52_8", "52_7"), ("1, 2", "1, 3"), ("Ann Kasay", "John Kasay"), ("odd", "even"), ("2+i", "2-i"), ("[2, 7)", "(2,7)"), ("1 1/2", "11/2"), (r"\frac{22}{7}", r"\pi"), ("0.00001", "0.000011"), (r"\frac{1}{3^{40}}", r"\frac{1}{3^{41}}"),
    ("90 minutes (1.5 hours)", "2"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "same"), [*((*pair, True) for pair in SAME), *((*pair, False) for pair in DIFFERENT)]
)
def test_formulas(one: str, other: str, same: bool) -> None:
    assert equal(one, other, "latex") is same


def test_text_and_how_near_it_comes() -> None:
    assert equal("the Marie Curie.", "Skłodowska\nMarie Curie", "text")
    assert not equal("Curie", "Marie Curie", "text")
    assert f1("Curie", "Pierre Cardin\nMarie Curie") == pytest.approx(2 / 3)
    assert (f1("Paris", "paris"), f1("Rome", "Paris")) == (1, 0)


@given(st.integers(-(10**12), 10**12))
def test_a_number_in_every_rendering_is_itself(value: int) -> None:
    for said in (f"The answer is {value}.", f"The answer is {value:,}", f"**Answer:** {value}", rf"\boxed{{{value}}}"):
        assert read(said, "number").answer == str(value)


@given(st.text(max_size=400))
def test_any_text_is_read_without_fault(text: str) -> None:
    found = read(text + " The answer is", "number").answer
    assert found is None or equal(found, found, "number")
