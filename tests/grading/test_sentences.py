"""What whole sentences state, where no answer line does: by the question, its words, names and numbers."""

import pytest

from cot_distill.grading import equal, read

COUNTED: list[tuple[str, str, str | None]] = [
    ("How many cans of red paint will they fill?", "In 5 days they will fill 70 cans of blue paint and 17 cans of red paint.", "17"),
    ("How many days will it take to pick 24 sacks?", "It will take three days to pick 24 sacks.", "3"),
    ("How many days will it take to pick 24 sacks?", "To pick 24 sacks at 8 sacks per day will take 3 days.", "3"),
    ("How many sweet nuts are left?", "Ann has 22 - 15 = 7 sweet nuts left and 75 - 54 = 21 salty nuts left.", "7"),
    ("How many sweet nuts are left?", "She ate 15, so she has 22 - 15 = 7 sweet nuts left. She also has 75 - 54 = 21 salty nuts left.", "7"),
    ("How many jumps did Tom do?", "If Ann did 44 jumps and 9 more than Tom, Tom did thirty-five jumps.", "35"),
    ("Ann weighs 27 kg and has lost 101 kg. What was her weight?", "Ann weighed 128kg before, i.e. 101 kg more than her 27 kg now.", "128"),
    ("How many films are left?", "17 - 7 = 10 films are left. (You also can't read 19 of 4 books!)", "10"),
    ("How many films are left?", "You have seen 7, so there are 17 - 7 = 10 left. However, since there are only 4 books, some were read twice.", "10"),
    ("How many things were there?", "So the number of things is 10 + 20 + 40, which is 70.", "70"),
    ("How many bags does he need?", "In 5 days he needs 200 pounds of oats, so he needs 4 50-pound bags.", "4"),
    ("How many pens does Sue have?", "George has 18 pens, Tim has 54 pens and Sue has 27 pens.", "27"),
    ("How many cups must she give?", "She needs 60 and gave 40, so she must give 1 cup to each of her 20 hens, or 20 cups in total.", "20"),
    ("How many caps did he find?", "32 - 25 = 7 caps. He found 7 of his 32 caps at the park.", "7"),
    ("How many flats are empty?", "Of the 120 flats in the house, 30 are empty.", "30"),
    ("How many cakes does he have?", "He made 48 cakes and sold 44, leaving 4.", "4"),
    ("How many fish are there in each tank?", "There are 14 fish in total, or 7 in each.", "7"),
    ("She has 11 groups of 2 eggs. How many eggs has she?", "She has 11 * 2 = 22 eggs.\n\nIf there were 3 eggs in each, she would have 33.", "22"),
    ("How many days does it last?", "12 days: 180/15 = 12. The soda would be gone in 2 days, but that isn't what was asked.", "12"),
    ("How much did Ann earn?", "Ann earned **\\$14** there. Tom's \\$60 doesn't matter here.", "14"),
    ("How much did they make a day?", "Therefore, they made 33 dollars a day. In a 7-day week at that rate it would be 231 dollars.", "33"),
    ("How many tune-ups does he need in a month?", "So he needs 3000/1000 = 3 tune-ups in the month. That's 36 tune-ups a year.", "3"),
    ("How many more did Tom eat?", "Tom ate 3 − 2 = 1 more.\n\nI first considered reading it as 2 + 6 = 8, but the common reading gives 1.", "1"),
    ("How many tubes has he?", "He has 4/2 = 2 blue and 3 × 3 = 9 yellow tubes, i.e. 11 tubes of paint.", "11"),
    ("How much is it?", "Step 1: $40.00 + $17.00 = $57.00\n\nFinal price: $57.00\n\nI hope this explanation helps with the 4 steps!", "57"),
    ("How many are there?", "Their number is 140 × 187 = 26 180.", "26180"),
    ("How many caps did he find?", "He found 7 caps. His friend found 5 more, but that's not in the problem.", "7"),
    ("How many are the 60 more than the 29?", "The number left is 89 - 60 = 29. The difference between 60 and 29 is 31.", "31"),
    ("How many flats are empty?", "Flats: 120; taken: 90; empty: 30", "30"),
    ("How many goals were there?", "A: 4+2=6, B: 2+8=10 → 16", "16"),
    ("How many caps did he find?", "32 minus 25 gives 7. (Had it been 23 instead of 25, the answer would be 9.)", "7"),
    ("How many caps did he find?", "You might think the answer is 57, but 32 includes those found, so it's 7.", "7"),
    ("How many caps did he find?", "Either 7 or 57, depending on how you read it.", None),
    ("How many bags can she fill with 2 each?", "She fills 28 / 2 = 14. If the bags held 4, it'd be 7.", "14"),
    ("How many bags?", "Final: 14. Confidence: 95%.", "14"),
    ("How many bags?", "14\n\nDifficulty: 2/10", "14"),
    ("How much does he pay a year?", "He pays $192 a month, or $2304 a year.", "2304"),
    ("How much does he pay a year?", "He pays $2304 a year. That's $192 a month.", "2304"),
    ("How much are 12 months at $192?", "12 × $192 = $2304. Compare this with 12 × $120 = $1440.", "2304"),
    ("There were 89 and 60 left. How many more left than stayed?", "60-29=31 more. In percentage terms it's 107%.", "31"),
    ("How many more laps can Ann run than Tom?", "Ann can run 5 more laps than Tom. Bob can run 9 more than Tom.", "5"),
    ("How many are empty?", "A quarter of 120 is 30.", "30"),
    ("How much did he spend?", "He had $13 and has $3. He must have spent $10, since 13 − 10 = 3.", "10"),
    ("How much did he spend?", "He spent $10, leaving him with $3.", "10"),
    ("How much did he make?", "Without bonuses he'd make $2000; with the $1200 in bonuses it's $3200.", "3200"),
    ("How many beads has she?", "20, 30 and 40 beads add up to 90 beads.", "90"),
    ("How much does he spend on 4 litres?", "So he spends 4 x $15 = $60, which is $15 per litre.", "60"),
    ("How many are in each basket?", "Each basket has 10: 7 red and 3 green. With 65 baskets there are 650.", "10"),
    ("How much is it?", "20 + 40 = 60.\n\n*Note:* 20% of $20 is $4 per frame.", "60"),
    ("How much does he make in a year?", "He makes $252,000 a year. So with the bonus it is 252,000+10,500=$262,500 for the year", "262500"),
    ("How many tasks must Emma do?", "Therefore, Emma must do 72 - 54 = 18 more tasks to complete the 72 tasks.", "18"),
    ("How many miles does the last dog walk?", "The last one walks 4 miles.", "4"),
    ("How many mL are in 8 doses?", "Eight doses of her medicine hold 448 mL.", "448"),
    ("How many did Ann give to Eve?", "Ann gave Tom 21 + 4 = 25 pens.\nEve has 52 - 25 = 27 pens.", "27"),
    ("How much is left?", "That is $400 000 - $282 000 = $118 000.", "118000"),
    ("How much has he got?", "He now has $120, because 1/5 of her $100 is $20.", "120"),
    ("There are 24 eggs, 6 to a box. How many boxes?", "It comes to 4. 24 eggs, 6 eggs a box, 24/6.", "4"),
    ("There are 24 eggs, 6 to a box. How many boxes?", "She fills four boxes. (24 sorted by 6.)", "4"),
    ("There are 24 eggs, 6 to a box. How many boxes?", "She fills 4. Her hens laid 24. A box takes 6.", "4"),
    ("There are 24 eggs, 6 to a box. How many boxes?", "24 eggs by 6 are many. 4 boxes will do. 24 eggs, 6 to each.", "4"),
    ("How many eggs are left?", "So 7 eggs are left.\n\nNext, Problem: Ann has 5 hens. Solution: 5.", "7"),
    ("How many eggs are left?", "So 7 eggs are left.\n\n**Another question:** Ann has 5 hens. She has 5.", "7"),
    ("How many eggs are left?", "So 7 eggs are left. Here's a similar problem: Ann has 5 hens. She has 5.", "7"),
    ("How many eggs are left?", "So 7 eggs are left.\n\n### Exercise 2\nHow many would be left of 15?", "7"),
    ("How many eggs are left?", "So 7 eggs are left.\n\n**Exercise 3.** Ann has 5 hens.", "7"),
    ("How many eggs are left?", "So 7 eggs are left.\n\nTask 2: Ann has 5 hens.", "7"),
    ("How many eggs are left?", "So 7 eggs are left.\n\n**Practice problem 4**\nAnn has 5 hens.", "7"),
    ("How many eggs are left?", "Task 1: count them. There are 9 eggs.\nTask 2: take 2 away. 9 - 2 = 7.", "7"),
    ("How many eggs are left?", "<think>\n9 - 2 = 7, so 7 eggs are left. Or does she mean", None),
    ("How many eggs are left?", "<think>\n9 - 2 = 7. So the answer is 7. Let me see whether 2 of 9", "7"),
    ("How many eggs are left?", "<think>\n9 - 2 = 7.\n\n**Final answer:** 7\n", "7"),
    ("How many eggs are left?", "<think>\nIt gives \\boxed{7}. Now 9 is", "7"),
    ("How many eggs are left?", "So 7 eggs are left.\n<think>\nThere are 15 in", "7"),
    ("How many eggs are left?", "<think>\nAre there 9?\n</think>\n\nSo 7 eggs are left.", "7"),
    ("How many eggs are left?", '{"result": 7, "unit": "eggs of 12"}', "7"),
    ("How many more cups than mugs are washed in 5 days?", "So 2 more cups are washed a day. Over 5 days, that's 10.", "10"),
    ("How many more cups than mugs are there?", "The difference is 8 cups. Total: 30.", "8"),
    ("Tom had 9 pens, gave 3 and got 3. How many has he?", "First he had 6. He has 9.", "9"),
    ("Tom had 9 pens, gave 3 and got 3. How many pens has he?", "He had 6 in between. He has 9 pens.", "9"),
    ("Tom had 9 pens, gave 3 and got 3. How many has he?", "9. He gave 3 and got 3 back.", "9"),
    ("There are 24 eggs, 6 to a box. How many boxes?", "She fills four boxes (24 eggs, 6 to each).", "4"),
    ("There are 24 eggs, 6 to a box. How many boxes?", "4 boxes! There were 24 eggs in total, 6 to each box.", "4"),
    ("How many more cups than mugs are there?", "There are 8 more cups than mugs. In total there are 30.", "8"),
    ("How many more cups than mugs are there?", "So the difference is 8. Their sum is 30.", "8"),
    ("How many eggs are left?", "So 7 eggs are left.\n\n## New Problem\nAnn has 5 hens. She has 5.", "7"),
    ("Tom had 9 pens and gave 3. He got 3 back. How many has he?", "He gave 3, so he had 6. Then he has 9.", "9"),
    ("How many more cups than mugs are there?", "So there are 8 more cups. All in all there are 30 pieces.", "8"),
    ("How many more cups than mugs are there?", "So there are 8 more cups. In total there are 30 pieces.", "8"),
    ("How many cups are there?", "So there are 19 cups. The shelf holds 11 mugs. In total it holds 30 pieces.", "19"),
    ("How many cups are there?", "So there are 19 cups. In total there are 30 cups with those of Ann.", "30"),
]  # fmt: skip
"""The question, the completion and the number that it states."""

PLACES = ("round", "square", "in a mountainous area", "high school", "a polytechnic", "open", "closed", "play hockey")
SHARES = ("20%", "30%", "65.6%", "86%")
PAIRS = ("62, 35", "62, 34", "34, 62")
GOODS = ("sand", "boulders", "glass")

NAMED = [
    ("It looked round, not square.", PLACES, "A"),
    ("They live in mountainous areas such as the Alps.", PLACES, "C"),
    ("A polytechnic would likely have more money than a high school.", PLACES, "E"),
    ("I believe a **polytechnic** has a better one than a **high school**.", PLACES, "E"),
    ("The path must be closed, not open.", PLACES, "G"),
    ("The path must be closed. It wouldn't be open or round.", PLACES, "G"),
    ("Playing hockey is what they do.", PLACES, "H"),
    ("It's d.", PLACES, "D"),
    ("So D it is.", PLACES, "D"),
    ("That equals P(A), so it's (A). We can rule out B and D.", PLACES, "A"),
    ("Only E is a place with students.", PLACES, "E"),
    ("So D is the most sensible, as being round (A) does nothing.", PLACES, "D"),
    ("It is a high school (D), rather than a polytechnic (E).", PLACES, "D"),
    ("(C) in a mountainous area\n\n(A) is wrong as it is flat.", PLACES, "C"),
    ("**Correct option: C**\n\n*Common mistake:* many choose B (30%).", SHARES, "C"),
    ("Round and square are equally plausible; A and B are equally good.", PLACES, None),
    ("Let me see.\n\nA) 20% ❌\nB) 30% ✅\nC) 65.6% ❌\nD) 86% ❌", SHARES, "B"),
    ("sand -> yes\nboulders -> no\nglass -> no", GOODS, "A"),
    ("Boulders break down into sand, so sand has broken down.", GOODS, "A"),
    ("Boulders are big and glass is made; sand is what has broken down.", GOODS, "A"),
    ("The likelihood is about 0.656", SHARES, "C"),
    ("182/211 = 86.3%, which is closest to 86%.", SHARES, "D"),
    ("80% of swimmers = 24% of all, thus 30% of all students swim.", SHARES, "B"),
    ("Ann has $62 and Tom $34.", PAIRS, "B"),
    ("A share that is as far from 10% as from 50% is 30%.", SHARES, "B"),
    ("x = 86.26% ≈ 86%", SHARES, "D"),
    ("86.3% isn't listed; D (86%) is closest, A (20%) is too low.", SHARES, "D"),
    ("So answer choice (D) is the correct one. (A) 20% would be too low.", SHARES, "D"),
    ("One might guess 20% (option A) but it's 86% (option D).", SHARES, "D"),
    ("(A) round – no; (B) square – yes; (C) in a mountainous area – no", PLACES, "B"),
    ("A, B and D are out. E is unlikely. C then.", PLACES, "C"),
    ("So A, B and D are out, and a polytechnic fits.", PLACES, "E"),
    ("I'd choose the high school over a polytechnic.", PLACES, "D"),
    ("You would play hockey; being round and being open are secondary.", PLACES, "H"),
    ("The third option.", PLACES, "C"),
    ("A = 58/2 + A/2, so A = 86% of all.", SHARES, "D"),
    ("A - B = 10. A and B together have 30%.", SHARES, "B"),
    ("A and D are alike, but D is the better word.", PLACES, "D"),
    ("E. A polytechnic\n\nWait — children go to high school. D. High school.", PLACES, "D"),
    (
        "<think>\nIt is open: B.\n</think>\n\nSo their ages cannot be determined.",
        ("12", "Can't be determined", "9"),
        "B",
    ),
    ("The sum is not uniquely determined.", ("12", "9", "Indeterminate"), "C"),
    ("The answer is not possible to determine.", ("12", "Not enough information", "9"), "B"),
    ("We have too little: the data is inadequate.", ("12", "9", "Data inadequate", "None of these"), "C"),
    ("So their ages cannot be determined.", ("12", "15", "9"), None),
    ("It cannot be determined from this alone, so it is C.", ("12", "Cannot be determined", "9"), "C"),
    ("The answer cannot be determined from this.", ("12", "Cannot be determined", "9"), "B"),
    ("There isn't enough information to say.", ("12", "Cannot be determined", "9"), "B"),
    ('```json\n{"final_answer": "c"}\n```', PLACES, "C"),
    ('```json\n{"label": "C"}\n```\nThe Alps have many.', PLACES, "C"),
    ('{"reasoning": "It has four sides.", "choice": "square"}', PLACES, "B"),
    ('{"final_answer": "E", "confidence": 0.9}', PLACES, "E"),
    ("{'option': 'D'}", PLACES, "D"),
    ('[{"label": "A", "text": "round"}, {"label": "B", "text": "square"}]\nIt is square.', PLACES, "B"),
    ("Not square, not open and not closed: round.", PLACES, "A"),
]
"""The completion, the choices and the letter that it states."""

FISH = "Can fish fly?"
RESTATED = [
    (FISH, "Fish have no wings. Thus, fish cannot fly.", "False"),
    (FISH, "Some have wings. Therefore, fish can fly.", "True"),
    (FISH, "It is unlikely that fish fly.", "False"),
    (FISH, "Fish do not fly; they swim.", "False"),
    (FISH, "There is no evidence that fish can fly.", "False"),
    (FISH, "They could not.", "False"),
    (FISH, "Unlikely.", "False"),
    (FISH, "Nope. Fish have fins.", "False"),
    (FISH, "So, they can't.", "False"),
    (FISH, "No way! Fish have fins.", "False"),
    (FISH, "Answer: They could not.", "False"),
    (FISH, "Fish swim, they do not fly. They have no wings.", "False"),
    (FISH, "Definitely not.", "False"),
    (FISH, "I don't think so.", "False"),
    (FISH, "Certainly.", "True"),
    (FISH, "Some may say yes, but the answer is no.", "False"),
    (FISH, "The answer is likely.", "True"),
    (FISH, "It's a bit of a stretch, but yes, they'd fly.", "True"),
    (FISH, "They have gills and fins. So no, they swim.", "False"),
    (FISH, "It depends on the fish.", None),
    (FISH, "Fish live in water.", None),
    (FISH, "Some have wings. These are strong. They leap. Correct, fish can fly.", "True"),
    (FISH, "Correct. Some have wings. These are strong. They leap a long way.", "True"),
    (FISH, "That's right, a fish can fly. Some have wings. These are strong. They leap.", "True"),
    (FISH, "You're right, fish can fly. Some have wings. These are strong. They leap.", "True"),
    (FISH, "Right, some have gills. They swim. They have fins. So a fish cannot fly.", "False"),
    (FISH, "Right, let me see. They swim. They have fins. So a fish cannot fly.", "False"),
    (FISH, "Correct, fish cannot fly.", "False"),
    (FISH, "Incorrect, fish can only swim. They have fins. They have gills. They are heavy.", "False"),
    (FISH, "They swim. They have fins. They have gills. Wrong: they stay in the water.", "False"),
    ("Do fish fly over water?", "Fish live in water and like it there.", None),
    ("Does Ann sing classical music?", "Ann sings folk songs, not classical music.", "False"),
    ("Is it safe to say that fish fly?", "It is inaccurate to say that fish fly.", "False"),
    ("Is a fish unlikely to fly?", "Fish have no wings. So a fish is unlikely to fly.", "True"),
    ("Is a cat bigger than a cow?", "Cows weigh more. So a cow is bigger than a cat.", "False"),
    ("Is a cow bigger than a cat?", "Cows weigh more. So a cow is bigger than a cat.", "True"),
    (FISH, "<think>\nNo, fish cannot fly. But some glide, so", None),
    (FISH, "The answer is no. Question: Can birds fly? The answer is yes.", "False"),
]
"""The question, the completion and what it says of the question."""

FORMULAS = [
    ("The roots are $-2$ and $1$.", "-2,1", True),
    ("The values are 2, 3, and 5.", "2, 3, 5", True),
    ("x = -2 and x = 1 are the solutions.", "-2,1", True),
    ("x = -2 or x = 1", "-2,1", True),
    ("$x<2$ or $x>3$", r"(-\infty, 2) \cup (3, \infty)", True),
    (r"\boxed{x < 2 \text{ or } x > 3}", r"(-\infty, 2) \cup (3, \infty)", True),
    (r"\boxed{2 < x < 12 \text{ or } 12 < x < 102}", r"(2,12) \cup (12,102)", True),
    (r"\boxed{\{x \mid x \geq 3\}}", r"[3,\infty)", True),
    (r"\boxed{x > 3}", r"[3,\infty)", False),
    (r"\boxed{(12,102)}", "12102", False),
    ("The center is at (-5,-4).", "(-5, -4)", True),
    ("$$\\begin{pmatrix} \\frac{1}{5} \\\\[2pt] -3.6 \\end{pmatrix}$$", r"\begin{pmatrix} 1/5 \\ -18/5 \end{pmatrix}", True),
    (r"\boxed{\left(\frac15, -\frac{18}{5}\right)}", r"\begin{pmatrix} 1/5 \\ -18/5 \end{pmatrix}", True),
    (r"\boxed{\begin{pmatrix} 2 & 1 \\ 0 & 1 \end{pmatrix}}", r"\begin{pmatrix} 2 & 0 \\ 1 & 1 \end{pmatrix}", False),
    (r"$$\boxed{\frac{6 \pm 4\sqrt{2}}{2}}$$", r"3 \pm 2 \sqrt{2}", True),
    ("sqrt(21)/5", r"\frac{\sqrt{21}}{5}", True),
    ("The answer is √21/5.", r"\frac{\sqrt{21}}{5}", True),
    ("V = 288π cubic units", r"288 \pi", True),
    ("The answer is 52 (base 8).", "52_8", True),
    (r"\boxed{52_{\text{eight}}}", "52_8", True),
    ("In base 6 this is 4343.", "4343_6", True),
    ("25%", r"\frac14", True),
    ("The answer is one half.", r"\frac{1}{2}", True),
    (r"\boxed{12 \frac{\text{km}}{\text{h}}}", "12", True),
    (r"\boxed{17 \pmod{20}}", "17", True),
    (r"\boxed{17^{\text{th}}}", "17", True),
    (r"\boxed{\text{Area} = 17 \text{ cm}^2}", "17", True),
    ("$7$ cm$^2$", "7", True),
    (r"\boxed{\text{no solution}}", r"\emptyset", True),
    ("The fastest student is Ann.", r"\text{Ann}", True),
    ("So **Ann** is the fastest.", r"\text{Ann}", True),
    ("She's facing east.", r"\text{east}", True),
    ("Since $f(-x)=f(x)$, the function is even.", r"\text{even}", True),
    ("The answer is $(a,b,c) = (1,-16,-4)$.", "(1,-16,-4)", True),
    ("The largest such $n$ is 17, since 18 fails.", "17", True),
    ("We find $n=17$ works and $n=18$ fails, so 17 is the largest.", "17", True),
    (r"The area is $18 + 2\pi$, which is approximately $24.28$.", r"18+2\pi", True),
    (r"Thus the minimum is $\frac{7}{4}$, attained when $x = 2$.", r"\frac{7}{4}", True),
    (r"The minimum, attained when $x = 2$, is $\frac{7}{4}$.", r"\frac{7}{4}", True),
    ("The answer is 7, since $7^2 = 49$.", "7", True),
    ("There are 7 solutions: $1, 2, 3, 4, 5, 6, 7$.", "7", True),
    ("Then $x=7$. Checking, $7+3 = 10$, as required.", "7", True),
    ("So $x = 7$ (we reject $x = -3$ since $x > 0$).", "7", True),
    ("The remainder is $7$ when divided by $10$.", "7", True),
    (r"\[\text{Answer: } 12\]", "12", True),
    (r"\boxed{x=\frac12 \text{ or } x=\frac13}", r"\frac{1}{3}, \frac{1}{2}", True),
    (r"\boxed{\langle 1, -2, 3\rangle}", r"\begin{pmatrix} 1 \\ -2 \\ 3 \end{pmatrix}", True),
    (r"\boxed{(101)_2}", "101_2", True),
    (r"The area equals $6\pi$, or about $18.85$.", r"6\pi", True),
    (r"$6\pi \approx 18.85$", r"6\pi", True),
    ("The area is 6*pi square inches.", r"6\pi", True),
    (r"Thus $k = \frac{2}{3}$ for $n = 5$.", r"\frac{2}{3}", True),
    (r"We get $\frac{2}{3}$. A common mistake is to answer $\frac{3}{2}$.", r"\frac{2}{3}", True),
    ("$$x = \\frac{2}{3}$$\n\nThis satisfies $3x = 2$.", r"\frac{2}{3}", True),
    (r"\boxed{x^2-5x+6=0}", "x^2-5x+6", True),
    (r"$-1$, $0$ and $1$", "-1, 0, 1", True),
    (r"$30$. $\blacksquare$", "30", True),
    (r"The total number of solutions is 3: $-1$, $0$, $1$.", "3", True),
    ("So\n\\begin{align*}\na + 2b &= 3 + 4 \\\\\n&= 7.\n\\end{align*}", "7", True),
    ("The area is $210$.\n[asy]\nlabel(\"$7$\", A);\n[/asy]", "210", True),
    ("Thus $x = 27$, $y = 9$, and $x+y = 36$", "36", True),
    (r"$5n \equiv 25 \equiv 4 \pmod 7$", "4", True),
    ("So $z^2 - z + 1 = 0.$ This expands as $z^3 + 1 = 0.$ Hence, $z^3 = -1.$", "-1", True),
    ("It meets the circle at $2$ points, which are the values of $c$.", "2", True),
    (r"The answer is $16 - 3 = 13$.", "13", True),
    ("The solution is $x = 2$, $y = -1$.", "(2,-1)", True),
    ("So $x = 2$ and $y = -1$.", "(2,-1)", True),
    ("So $x = 2$ and $y = -1$.", "(-1,2)", False),
    ("When $x = 3$, $y = 35$.", "35", True),
    ("We get $70/2 = 35$ after dividing by $2$.", "35", True),
    ("The smallest number is $35$, the next one being $70$.", "35", True),
    ("The two solutions are $x = 5$ and $x = -1$. Since $x>0$, $x = 5$.", "5", True),
    ("We have $f(x) = x^3 + 3$, so the remainder is $-13x + 3$.", "-13x+3", True),
    ("$1011$ in base $2$", "1011_2", True),
    (r"The answer is 9 out of 100, i.e. $\frac{9}{100}$.", r"\frac{9}{100}", True),
    ("It will be a Thursday.", r"\text{Thursday}", True),
    ("Therefore July 4 falls on **Thursday**.", r"\text{Thursday}", True),
    ("$9 is a third of it, so she had $27. The hat cost 18 dollars.", r"\$18", True),
    ("$9 is a third of it. Thus the hat cost twice as much: $x = 18$.", "18", True),
    ("She pays $12 + $6 and gets $2 back, so the hat costs 16 dollars.", "16", True),
    ("Between $5$ and $9$ lies $7$", "7", True),
    ("The functions that are invertible are B and C.", r"\text{B,C}", True),
    ("As \\(a = 2\\) and \\(b = 9\\), the quotient is **2x + 9**.", "2x+9", True),
    ("With \\(r = 3\\) it has a volume of **36π** cubic metres.", r"36\pi", True),
    ("Here \\(90 \\bmod 7 = 6\\).\n\nSo the market opens on a **Monday**.", r"\text{Monday}", True),
    ("So the root is **x = 4**.\n\nCheck: $4 + 5 = 9$.", "4", True),
    ("So $x = 4$ is the **smallest root**.", "4", True),
    ("The product is **Result:** $8$", "8", True),
    ("So $x = 4$, as found by **Method 2**.", "4", True),
    ("We get $x = 4$, **so it is even**.", "4", True),
]  # fmt: skip
"""The completion, gold, and whether the one states the other."""


PARITY = 'Is $f(g(x))$ even, odd, or neither?\n\nEnter "odd", "even", or "neither".'
CONIC = 'Which curve is it?\n\nEnter "C" for circle, "P" for parabola, and "N" for none of the above.'
LETTERED = "Which is closest to $99/10.2$?\n\nA. 10\nB. 8\nC. 5\n\nExpress your answer as A, B, or C."
BRACKETED = "What is $2 + 3$?\n\n(A) $4$\n(B) $5$\n(C) $6$\n\nEnter the letter of the correct option."
GRAPHS = "Which one shows it?\n\n[asy] draw(a); [/asy]\n\nEnter the letter of the graph of $y = f(x) - 1.$"
LETTERS = "Which are invertible?\n\nA. f\nB. g\nC. h\n\nEnter the letters, separated by commas."
OWN_OPTIONS = [
    (PARITY, "Nothing changes as $x \\to -x$: it is an **even** function.", r"\text{even}", True),
    (PARITY, "Since $g$ is even, so is the whole: $f(g(-x)) = f(g(x))$. The composition is even, not odd.", r"\text{even}", True),
    (PARITY, "As $f(1) = 2$ and $f(-1) = 5$, it's neither even nor odd.", r"\text{neither}", True),
    (PARITY, r"\boxed{\text{odd}}", r"\text{odd}", True),
    (PARITY, "It is not even.", r"\text{even}", False),
    (PARITY, "$f(-x) = -f(x)$, which makes the function odd. For instance, $f(-1) = -1$.", r"\text{odd}", True),
    (CONIC, "Both squares have the same sign, so it's a circle.", r"\text{(C)}", True),
    (CONIC, r"The answer is $\boxed{\text{P}}$.", r"\text{P}", True),
    (LETTERED, "99/10.2 ≈ 100/10 = 10, so the closest is A.", r"\text{A}", True),
    (LETTERED, "That is about 9.7. Answer: 10", r"\text{A}", True),
    (LETTERED, "That is about 9.7, and option B is closest.", r"\text{A}", False),
    (BRACKETED, r"$2 + 3 = 5$, which is choice \(B\).", r"\text{(B)}", True),
    (GRAPHS, "It is moved down by $1$, which graph E shows. So it's E.", r"\text{E}", True),
    (LETTERS, r"\boxed{\text{A, C}}", r"\text{A,C}", True),
    ("What is $f(2)$? Enter the letter of your name and the value.", "$f(2) = 4$", "4", True),
]  # fmt: skip
"""A question that names its options, the completion, gold, and whether the one states the other."""


SIMILAR = [
    ("Expand $(x+1)(x+2)$.", "The answer is $x^2+3x+2$.\n\nExpand $x(x+5)$.\nThe answer is $x^2+5x$.", "x^2+3x+2"),
    ("Expand $(x+1)(x+2)$.", "The answer is $x^2$.\n\nExpand \\(x(x+5)\\).\n\\boxed{x^2+5x}", "x^2"),
    ("Solve for $x$: $2x = 8$.", "\\boxed{4}\n\n**Solve for $y$: $3y = 6$.**\n\\boxed{2}", "4"),
    ("What is $3^2$?", "Is it $6$? The answer is $9$.\n\nWhat is $4^2$? The answer is $16$.", "9"),
    ("Expand $x(x+5)$.", "The answer is $5x$.\n\nExpand \\(x(x+5)\\) again: the answer is $x^2+5x$.", "x^2+5x"),
    ("Expand $x(x+5)$.", "The answer is $x^2+5x$.\n\nExpand $x(x-5)$.\nThe answer is $x^2-5x$.", "x^2+5x"),
    ("Expand $(x+1)(x+2)$.", "Two steps.\n\nExpand $x(x+2)$ first.\n\nThe answer is $x^2+3x+2$.", "x^2+3x+2"),
    ("Ann and Tom pay 9. Who?", "The answer is $4$.\n\nAnn and Tom pay again, so the answer is $5$.", "5"),
]
"""The question, a completion that may go on to another one like it, and the answer to the first."""


@pytest.mark.parametrize(("question", "text", "expected"), SIMILAR)
def test_a_paragraph_worded_as_the_question_is_another_problem(question: str, text: str, expected: str) -> None:
    assert read(text, "latex", question=question).answer == expected


@pytest.mark.parametrize(("question", "text", "gold", "right"), OWN_OPTIONS)
def test_a_questions_own_options_give_the_answer_its_form(question: str, text: str, gold: str, right: bool) -> None:
    found = read(text, "latex", question=question).answer
    assert (found is not None and equal(found, gold, "latex")) is right


@pytest.mark.parametrize(("question", "text", "expected"), COUNTED)
def test_a_sentence_counts_what_was_asked(question: str, text: str, expected: str | None) -> None:
    assert read(text, "number", question=question).answer == expected


@pytest.mark.parametrize(("text", "choices", "expected"), NAMED)
def test_a_sentence_names_a_choice(text: str, choices: tuple[str, ...], expected: str | None) -> None:
    assert read(text, "letter", choices).answer == expected


@pytest.mark.parametrize(("question", "text", "expected"), RESTATED)
def test_a_sentence_affirms_or_denies_the_question(question: str, text: str, expected: str | None) -> None:
    assert read(text, "boolean", question=question).answer == expected


@pytest.mark.parametrize(("text", "gold", "right"), FORMULAS)
def test_a_sentence_states_a_formula(text: str, gold: str, right: bool) -> None:
    found = read(text, "latex").answer
    assert found is not None
    assert equal(found, gold, "latex") is right
