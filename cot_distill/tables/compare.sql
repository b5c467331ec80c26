-- One row an arm and student, its training seeds pooled: what it was, how it did, and what it answered problem by problem.
--   runs      run, role, dataset, teacher, granularity, format, student, seed, pool, path, untuned_path
--   verdicts  the verdict tables of all runs, each row with its `filename`
WITH answers AS (
    SELECT
        r.* EXCLUDE (path, untuned_path),
        v.problem_id,
        v.correct,
        v.answered,
        v.truncated,
        v.new_tokens,
        u.correct AS untuned_correct
    FROM runs AS r
    JOIN verdicts AS v ON v.filename = r.path
    LEFT JOIN verdicts AS u ON u.filename = r.untuned_path AND u.problem_id = v.problem_id
),
by_problem AS (
    SELECT pool, problem_id, count(*) FILTER (correct) AS right_seeds, any_value(untuned_correct) AS untuned_right
    FROM answers
    GROUP BY pool, problem_id
),
by_seed AS (
    SELECT pool, run, seed, avg(correct::INT) AS accuracy
    FROM answers
    GROUP BY pool, run, seed
),
arms AS (
    SELECT
        pool,
        role,
        dataset,
        student,
        teacher,
        granularity,
        format,
        avg(answered::INT) AS answered_rate,
        avg(truncated::INT) AS truncated_rate,
        avg(new_tokens) AS mean_new_tokens
    FROM answers
    GROUP BY ALL
)
SELECT arms.* EXCLUDE (pool), seeds.* EXCLUDE (pool), problems.* EXCLUDE (pool)
FROM arms
JOIN (
    SELECT
        pool,
        list(run ORDER BY seed, run) AS runs,
        list(seed ORDER BY seed, run) AS seeds,
        list(accuracy ORDER BY seed, run) AS accuracies
    FROM by_seed
    GROUP BY pool
) AS seeds USING (pool)
JOIN (
    SELECT
        pool,
        list(right_seeds ORDER BY problem_id) AS right_seeds,
        list(untuned_right ORDER BY problem_id) AS untuned_right
    FROM by_problem
    GROUP BY pool
) AS problems USING (pool)
-- 'untuned' before 'tuned', the answer alone before the levels
ORDER BY dataset, student, role DESC, granularity, format, teacher, seeds, runs
