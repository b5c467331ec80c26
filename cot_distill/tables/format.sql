-- Format by student: every format at a teacher's level.
SELECT dataset, student, teacher, granularity, format, selection, shown.* EXCLUDE (arm)
FROM arms JOIN shown USING (arm)
WHERE role = 'tuned' AND format IS NOT NULL AND trained_on = dataset
ORDER BY dataset, student, field, teacher, granularity, format, selection NULLS FIRST, shown.runs
