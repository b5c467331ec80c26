-- One row a run: what it was, how it did, and how it disagrees with the untuned student on the same problems.
--   runs      run, role, dataset, teacher, granularity, format, student, seed, path, untuned_path
--   verdicts  the verdict tables of all runs, each row with its `filename`
SELECT
    r.run,
    r.role,
    r.dataset,
    r.student,
    r.teacher,
    r.granularity,
    r.format,
    r.seed,
    count(*) AS n,
    count(*) FILTER (v.correct) AS correct,
    avg(v.answered::INT) AS answered_rate,
    avg(v.truncated::INT) AS truncated_rate,
    avg(v.new_tokens) AS mean_new_tokens,
    avg(v.correct::INT) - avg(u.correct::INT) AS gain,
    count(*) FILTER (v.correct AND NOT u.correct) AS only_this_right,
    count(*) FILTER (u.correct AND NOT v.correct) AS only_untuned_right
FROM runs AS r
JOIN verdicts AS v ON v.filename = r.path
LEFT JOIN verdicts AS u ON u.filename = r.untuned_path AND u.problem_id = v.problem_id
GROUP BY ALL
-- 'untuned' before 'tuned', the answer alone before the levels
ORDER BY r.dataset, r.student, r.role DESC, r.granularity, r.format, r.teacher, r.seed, r.run
