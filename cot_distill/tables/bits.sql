-- Sets of problems as strings of bits, a place a problem.

-- Of answers, each the set of the problems that it has right: which problems at least 1, 2, … of them have right.
CREATE MACRO at_least(answers) AS list_reduce(
    list_transform(answers, lambda answer: [answer]),
    lambda sets, answer: list_transform(
        range(1, len(sets) + 2),
        lambda m: CASE m
            WHEN 1 THEN sets[1] | answer[1]
            WHEN len(sets) + 1 THEN sets[m - 1] & answer[1]
            ELSE sets[m] | (sets[m - 1] & answer[1])
        END
    )
);

-- The problems of which a greater share of answers is right than of another's: at least m of the one's, and of the
-- other's fewer than that share would be. Both are lists of `at_least`.
CREATE MACRO ahead(one, other) AS list_reduce(
    list_transform(
        range(1, len(one) + 1),
        lambda m: one[m] & ~other[(m * len(other) + len(one) - 1) // len(one)]
    ),
    lambda these, those: these | those
);
