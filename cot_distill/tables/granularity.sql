-- Granularity by student: every level of a teacher and format, the answer alone first, what it thinks and writes of its
-- own accord last.
SELECT
    dataset, student, teacher, format, selection, coalesce(granularity, 'as written') AS granularity, arms.mean_words,
    shown.* EXCLUDE (arm)
FROM arms JOIN shown USING (arm)
WHERE role = 'tuned' AND trained_on = dataset
ORDER BY dataset, student, field, teacher NULLS FIRST, format, selection NULLS FIRST,
    arms.granularity NULLS LAST, shown.runs
