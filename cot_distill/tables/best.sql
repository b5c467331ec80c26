-- The best supervision of each student, how sure it is that the next one is worse, and how many of the others cannot be told
-- from it. Where it is chosen on dev problems (see `choosing`), `accuracy` took part in that choice, and `test_accuracy`, of
-- the same arm on the test problems, did not. Elsewhere the test problems choose, and no number is untouched.
WITH home AS (FROM arms WHERE role = 'tuned' AND trained_on = dataset)
SELECT
    best.dataset, best.student, best.teacher, best.granularity, best.format, best.selection,
    shown.* EXCLUDE (arm, p_best, p_best_holm, test_set, setting, grader, runs, revs),
    test_accuracy, test_accuracy_low, test_accuracy_high,
    concat_ws(', ', next.teacher, next.granularity, next.format, next.selection) AS runner_up,
    next.accuracy AS runner_up_accuracy,
    next.p_best AS p_runner_up,
    next.p_best_holm AS p_runner_up_holm,
    compared, not_worse, shown.test_set, shown.setting, shown.grader, shown.runs, shown.revs
FROM home AS best
JOIN shown USING (arm)
JOIN choosing USING (field)
LEFT JOIN untouched USING (arm)
LEFT JOIN home AS next ON next.field = best.field AND next.place_in_field = 2
WHERE best.place_in_field = 1
ORDER BY best.dataset, best.student, best.field
