-- For every arm, problem by problem: the share of right answers, and how a single seed's share varies about it.
WITH by_seed AS (
    SELECT a.arm, v.problem_id, v.run_id, avg(v.correct::INT) AS share,
        CASE WHEN count(v.stated) = count(*) THEN avg((v.correct AND v.stated)::INT) END AS stated_share, count(*) AS answers
    FROM (SELECT arm, unnest(run_ids) AS run_id FROM arms WHERE twins = 1) AS a
    JOIN verdicts AS v USING (run_id)
    GROUP BY ALL
),
by_problem AS (
    SELECT arm, problem_id, avg(share) AS share,
        CASE WHEN count(stated_share) = count(*) THEN avg(stated_share) END AS stated_share, var_samp(share) AS variance, sum(answers) AS answers
    FROM by_seed
    GROUP BY ALL
)
SELECT
    arm,
    list(share ORDER BY problem_id) AS shares,
    list(stated_share ORDER BY problem_id) AS stated_shares,
    avg(variance) AS seed_variance,
    max(answers)::INT AS answers
FROM by_problem
GROUP BY arm
