-- Teacher by student, with how often the teacher agrees with gold, how diverse and how complex what it writes is.
SELECT
    dataset, student, granularity, format, selection, teacher, verified_rate, distinct_2, mean_words, mean_steps,
    shown.* EXCLUDE (arm)
FROM arms JOIN shown USING (arm)
WHERE role = 'tuned' AND teacher IS NOT NULL AND trained_on = dataset
ORDER BY dataset, student, field, granularity, format, selection NULLS FIRST, teacher, shown.runs
