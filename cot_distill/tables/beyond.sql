-- Beyond the training benchmark: what students get right of the param `beyond`'s tasks, beside what they got right untuned
-- and at home. Runs that were asked other questions (`beyond_limit`, `beyond_data`) have a row of their own.
WITH asked AS (
    SELECT run_id, task, to_hex(bit_xor(hash(question, origin))) AS test_set FROM outcomes GROUP BY run_id, task
),
by_seed AS (
    SELECT arm, run_id, task, asked.test_set, question, correct::INT AS share, untuned_correct::INT AS untuned
    FROM outcomes JOIN asked USING (run_id, task) JOIN members USING (run_id)
),
-- A question counts once, its answers being those of the seeds.
by_question AS (
    SELECT
        arm, task, test_set, question,
        count(*) AS seeds, avg(share) AS share, var_samp(share) AS variance, avg(untuned) AS untuned
    FROM by_seed GROUP BY ALL
),
between AS (
    SELECT arm, task, test_set, var_samp(accuracy) AS variance
    FROM (SELECT arm, task, test_set, run_id, avg(share) AS accuracy FROM by_seed GROUP BY ALL)
    GROUP BY ALL
),
there AS (
    SELECT
        arm, task, test_set,
        count(*) AS n, max(seeds) AS seeds, avg(share) AS accuracy, avg(untuned) AS untuned,
        coalesce(seed_variance(any_value(between.variance), avg(by_question.variance), n), 0) AS of_seeds,
        accuracy_interval(accuracy, var_pop(share), n, sum(seeds), of_seeds, max(seeds)) AS bounds,
        paired(sum(share - untuned), sum((share - untuned) ** 2), n, max(seeds), of_seeds, 0, 0) AS test
    FROM by_question JOIN between USING (arm, task, test_set)
    GROUP BY arm, task, test_set
),
adjusted AS (
    SELECT task, field, list(arm ORDER BY arm) AS arms, holm(list(test.p ORDER BY arm)) AS p
    FROM there JOIN arms USING (arm) GROUP BY task, field
)
SELECT
    task, student, trained_on, teacher, granularity, format, selection,
    there.n, there.seeds, there.accuracy, bounds.low AS accuracy_low, bounds.high AS accuracy_high,
    there.untuned, test.p AS p_untuned, adjusted.p[list_position(adjusted.arms, arm)] AS p_untuned_holm,
    home.accuracy AS at_home, there.test_set, setting, home.runs, home.revs
FROM there
JOIN arms AS home USING (arm)
JOIN adjusted USING (task, field)
ORDER BY task, student, trained_on, there.test_set, setting, teacher NULLS FIRST, granularity, format,
    selection NULLS FIRST, home.runs
