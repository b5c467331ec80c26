-- Granularity by student: every level of a teacher and format, the answer alone first.
SELECT dataset, student, teacher, format, granularity, shown.* EXCLUDE (arm)
FROM arms JOIN shown USING (arm)
WHERE role = 'tuned' AND granularity IS NOT NULL AND trained_on = dataset
ORDER BY dataset, student, field, teacher NULLS FIRST, format, granularity, shown.runs
