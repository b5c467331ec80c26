-- The best supervision of each student on each test set, how sure it is that the next one is worse, and how many of the
-- others cannot be told from it.
WITH home AS (FROM arms WHERE role = 'tuned' AND trained_on = dataset),
fields AS (
    SELECT field, count(*) AS compared, count(*) FILTER (p_best_holm >= 0.05) - 1 AS not_worse FROM home GROUP BY field
)
SELECT
    best.dataset, best.student, best.teacher, best.granularity, best.format, best.selection,
    shown.* EXCLUDE (arm, p_best, p_best_holm, test_set, setting, grader, runs, revs),
    concat_ws(', ', next.teacher, next.granularity, next.format, next.selection) AS runner_up,
    next.accuracy AS runner_up_accuracy,
    next.p_best AS p_runner_up,
    next.p_best_holm AS p_runner_up_holm,
    compared, not_worse, shown.test_set, shown.setting, shown.grader, shown.runs, shown.revs
FROM home AS best
JOIN shown USING (arm)
JOIN fields USING (field)
LEFT JOIN home AS next ON next.field = best.field AND next.place_in_field = 2
WHERE best.place_in_field = 1
ORDER BY best.dataset, best.student, best.field
