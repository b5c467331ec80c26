-- One row an arm and student, its training seeds pooled: what it was, how it did, and what it answered problem by problem.
--   runs      run, role, dataset, teacher, granularity, format, student, seed, pool, path, untuned_path
--   verdicts  the verdict tables of all runs, each row with its `filename`
WITH answers AS (
    SELECT r.* EXCLUDE (path), v.problem_id, v.predicted, v.correct, v.stated, v.answered, v.truncated, v.new_tokens, v.sample
    FROM runs AS r
    JOIN verdicts AS v ON v.filename = r.path
),
-- A problem has a row a sample.
untuned AS (
    SELECT filename, problem_id, avg(correct::INT) AS share_right
    FROM verdicts
    WHERE filename IN (SELECT untuned_path FROM runs)
    GROUP BY filename, problem_id
),
by_run_and_problem AS (
    SELECT
        pool,
        run,
        seed,
        untuned_path,
        problem_id,
        count(*) AS answers,
        count(*) FILTER (correct) AS right_answers,
        CASE WHEN count(*) > 1 THEN list({'answer': predicted, 'correct': correct} ORDER BY sample) END AS samples
    FROM answers
    GROUP BY pool, run, seed, untuned_path, problem_id
),
by_problem AS (
    SELECT
        a.pool,
        a.problem_id,
        sum(a.answers)::INT AS answers,
        sum(a.right_answers)::INT AS right_answers,
        any_value(u.share_right) AS untuned_right,
        list(a.samples ORDER BY a.seed, a.run) FILTER (a.samples IS NOT NULL) AS samples
    FROM by_run_and_problem AS a
    LEFT JOIN untuned AS u ON u.filename = a.untuned_path AND u.problem_id = a.problem_id
    GROUP BY a.pool, a.problem_id
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
        CASE WHEN count(stated) = count(*) THEN avg((correct AND stated)::INT) END AS stated_accuracy,
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
        list(answers ORDER BY problem_id) AS answers,
        list(right_answers ORDER BY problem_id) AS right_answers,
        list(untuned_right ORDER BY problem_id) AS untuned_right,
        list(samples ORDER BY problem_id) AS samples
    FROM by_problem
    GROUP BY pool
) AS problems USING (pool)
-- 'untuned' before 'tuned', the answer alone before the levels
ORDER BY dataset, student, role DESC, granularity, format, teacher, seeds, runs
