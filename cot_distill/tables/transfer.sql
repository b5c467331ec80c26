-- Transfer: students that were trained on one dataset and tested on another, beside what the same runs reach at home.
SELECT
    away.trained_on, away.dataset, away.student, away.teacher, away.granularity, away.format, away.selection,
    home.accuracy AS at_home, shown.* EXCLUDE (arm)
FROM arms AS away
JOIN shown USING (arm)
LEFT JOIN arms AS home
    ON home.role = 'tuned' AND home.dataset = away.trained_on AND home.trained_on = away.trained_on
    AND home.runs = away.runs AND home.revs IS NOT DISTINCT FROM away.revs
WHERE away.role = 'tuned' AND away.trained_on <> away.dataset
ORDER BY
    away.trained_on, away.dataset, away.student, away.field,
    away.teacher NULLS FIRST, away.granularity, away.format, away.selection NULLS FIRST, away.runs
