-- Length against granularity: whether longer supervision is better supervision; 'padded' is as long as level 5 and says
-- what level 1 says. mean_new_tokens is what the student then writes itself.
SELECT
    dataset, student, teacher, format, granularity, mean_words, mean_steps, mean_tokens, mean_new_tokens,
    shown.* EXCLUDE (arm)
FROM arms JOIN shown USING (arm)
WHERE role = 'tuned' AND trained_on = dataset
ORDER BY dataset, student, field, teacher NULLS FIRST, format, mean_words, granularity, shown.runs
