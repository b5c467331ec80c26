-- The best supervision of each student on each test set, how sure it is that the next one is worse, and how many of the
-- others cannot be told from it (p_best of 0.05 or more; not corrected for their number).
WITH placed AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY field ORDER BY place_in_field) AS place,
        count(*) OVER (PARTITION BY field) AS compared,
        count(*) FILTER (p_best >= 0.05) OVER (PARTITION BY field) - 1 AS not_worse
    FROM pooled
    WHERE role = 'tuned' AND trained_on = dataset
)
SELECT
    best.dataset,
    best.student,
    best.teacher,
    best.granularity,
    best.format,
    best.n,
    best.seeds,
    best.accuracy,
    best.accuracy_low,
    best.accuracy_high,
    best.stated_accuracy,
    best.untuned,
    best.p_untuned,
    best.answer_only,
    best.p_answer_only,
    concat_ws(', ', next.teacher, next.granularity, next.format) AS runner_up,
    next.accuracy AS runner_up_accuracy,
    next.p_best AS runner_up_p,
    best.compared,
    best.not_worse,
    best.test_set,
    best.setting,
    best.grader,
    best.runs,
    best.revs
FROM placed AS best
LEFT JOIN placed AS next ON next.field = best.field AND next.place = 2
WHERE best.place = 1
ORDER BY best.dataset, best.student, best.test_set, best.setting, best.grader
