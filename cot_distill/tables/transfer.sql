-- Transfer: students that were trained on one dataset and tested on another, beside what the same runs reach at home.
SELECT
    away.trained_on,
    away.dataset,
    away.student,
    away.teacher,
    away.granularity,
    away.format,
    away.n,
    away.seeds,
    away.accuracy,
    away.accuracy_low,
    away.accuracy_high,
    away.stated_accuracy,
    away.untuned,
    away.p_untuned,
    away.answer_only,
    away.p_answer_only,
    away.p_best,
    home.accuracy AS at_home,
    away.test_set,
    away.setting,
    away.grader,
    away.runs,
    away.revs
FROM pooled AS away
LEFT JOIN pooled AS home
    ON home.role = 'tuned' AND home.dataset = away.trained_on AND home.trained_on = away.trained_on
    AND home.runs = away.runs AND home.revs IS NOT DISTINCT FROM away.revs
WHERE away.role = 'tuned' AND away.trained_on <> away.dataset
ORDER BY
    away.trained_on, away.dataset, away.student, away.test_set, away.setting, away.grader,
    away.teacher NULLS FIRST, away.granularity, away.format, away.runs
