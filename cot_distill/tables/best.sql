-- The best supervision of each student, how sure it is that the next one is worse, and how many of the others cannot be told
-- from it. It is chosen on dev problems where as many arms were asked them as the test problems: `accuracy` took part in that
-- choice, and `test_accuracy`, of the same arm on the test problems, did not. Elsewhere the test problems choose, and no
-- number is untouched.
WITH home AS (FROM arms WHERE role = 'tuned' AND trained_on = dataset),
fields AS (
    SELECT
        field, any_value(dataset) AS dataset, any_value(student) AS student, any_value(setting) AS setting,
        any_value(grader) AS grader, any_value(split) AS split,
        count(*) AS compared, count(*) FILTER (p_best_holm >= 0.05) - 1 AS not_worse
    FROM home
    GROUP BY field
),
choosing AS (
    SELECT field, compared, not_worse
    FROM fields
    WHERE split = 'dev' OR NOT EXISTS (
        SELECT 1 FROM fields AS dev
        WHERE dev.split = 'dev' AND dev.compared >= fields.compared AND dev.dataset = fields.dataset
            AND dev.student = fields.student AND dev.setting = fields.setting AND dev.grader IS NOT DISTINCT FROM fields.grader
    )
)
SELECT
    best.dataset, best.student, best.teacher, best.granularity, best.format, best.selection,
    shown.* EXCLUDE (arm, p_best, p_best_holm, test_set, setting, grader, runs, revs),
    test.accuracy AS test_accuracy, test.accuracy_low AS test_accuracy_low, test.accuracy_high AS test_accuracy_high,
    concat_ws(', ', next.teacher, next.granularity, next.format, next.selection) AS runner_up,
    next.accuracy AS runner_up_accuracy,
    next.p_best AS p_runner_up,
    next.p_best_holm AS p_runner_up_holm,
    compared, not_worse, shown.test_set, shown.setting, shown.grader, shown.runs, shown.revs
FROM home AS best
JOIN shown USING (arm)
JOIN choosing USING (field)
LEFT JOIN home AS next ON next.field = best.field AND next.place_in_field = 2
LEFT JOIN home AS test ON best.split = 'dev' AND test.split = 'test' AND test.twins = 1 AND test.dataset = best.dataset
    AND test.student = best.student AND test.setting = best.setting AND test.grader IS NOT DISTINCT FROM best.grader
    AND test.teacher IS NOT DISTINCT FROM best.teacher AND test.granularity IS NOT DISTINCT FROM best.granularity
    AND test.format IS NOT DISTINCT FROM best.format AND test.selection IS NOT DISTINCT FROM best.selection
WHERE best.place_in_field = 1
ORDER BY best.dataset, best.student, best.field
