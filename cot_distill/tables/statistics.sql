-- How sure a number is, as macros; the same as cot_distill/evaluation/statistics.py, over whole columns.

-- Of how many independent answers the mean would vary over problems as this one does: n problems, p their mean share of
-- right answers, `variance` that of the shares, `answers` all answers given. n where every problem has one answer.
CREATE MACRO effective_n(n, answers, p, variance) AS
    CASE
        WHEN p IN (0, 1) THEN n::DOUBLE
        WHEN variance = 0 THEN answers::DOUBLE
        ELSE least(answers, n * p * (1 - p) / variance)
    END;

-- Wilson's score interval at 95%
CREATE MACRO wilson_half(p, n) AS 1.959963984540054 * sqrt(p * (1 - p) / n + 3.841458820694124 / (4 * n * n));
CREATE MACRO wilson_low(p, n) AS
    greatest(0.0, (p + 3.841458820694124 / (2 * n) - wilson_half(p, n)) / (1 + 3.841458820694124 / n));
CREATE MACRO wilson_high(p, n) AS
    least(1.0, (p + 3.841458820694124 / (2 * n) + wilson_half(p, n)) / (1 + 3.841458820694124 / n));

-- McNemar's exact p, two-sided: of `one` + `other` problems on which two runs differ, `one` fell to the one
CREATE MACRO mcnemar(one, other) AS
    CASE
        WHEN one + other = 0 THEN 1.0
        ELSE least(1.0, 2 * list_sum(list_transform(
            range(0, least(one, other) + 1),
            lambda i: exp(
                lgamma(one + other + 1) - lgamma(i + 1) - lgamma(one + other - i + 1) - (one + other) * ln(2)
            )
        )))
    END;
