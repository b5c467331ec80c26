-- Beyond the training benchmark: what students get right of the param `beyond`'s tasks, beside what they got right untuned
-- and at home. Runs that were asked other questions (`beyond_limit`, `beyond_data`) have a row of their own.
WITH asked AS (
    SELECT run_id, task, to_hex(bit_xor(hash(question, origin))) AS test_set
    FROM outcomes
    GROUP BY run_id, task
),
-- A question counts once, its answers being those of the seeds.
scores AS (
    SELECT
        arm,
        task,
        asked.test_set,
        question,
        count(*) AS seeds,
        avg(correct::INT) AS share,
        avg(untuned_correct::INT) AS untuned_share
    FROM outcomes
    JOIN asked USING (run_id, task)
    JOIN pooled_runs USING (run_id)
    GROUP BY arm, task, asked.test_set, question
),
accuracies AS (
    SELECT
        arm,
        task,
        test_set,
        count(*) AS n,
        max(seeds) AS seeds,
        avg(share) AS accuracy,
        effective_n(n, sum(seeds), accuracy, var_pop(share)) AS n_effective,
        avg(untuned_share) AS untuned,
        count(*) FILTER (share > untuned_share) AS only_tuned,
        count(*) FILTER (share < untuned_share) AS only_untuned
    FROM scores
    GROUP BY arm, task, test_set
)
SELECT
    there.task,
    home.student,
    home.trained_on,
    home.teacher,
    home.granularity,
    home.format,
    there.n,
    there.seeds,
    there.accuracy,
    wilson_low(there.accuracy, there.n_effective) AS accuracy_low,
    wilson_high(there.accuracy, there.n_effective) AS accuracy_high,
    there.untuned,
    mcnemar(there.only_tuned, there.only_untuned) AS p_untuned,
    home.accuracy AS at_home,
    there.test_set,
    home.setting,
    home.runs,
    home.revs
FROM accuracies AS there
JOIN pooled AS home USING (arm)
ORDER BY
    there.task, home.student, home.trained_on, there.test_set, home.setting,
    home.teacher NULLS FIRST, home.granularity, home.format, home.runs
