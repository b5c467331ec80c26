-- Length against granularity: whether longer supervision is better supervision; 'padded' is as long as level 5 and says
-- what level 1 says. mean_new_tokens is what the student then writes itself.
SELECT
    dataset, student, teacher, format, selection, granularity, mean_words, mean_steps, mean_tokens, mean_new_tokens,
    max_new_tokens, truncated_rate, unclosed_rate,
    shown.* EXCLUDE (arm)
FROM arms JOIN shown USING (arm)
WHERE role = 'tuned' AND trained_on = dataset
ORDER BY dataset, student, field, teacher NULLS FIRST, format, selection NULLS FIRST, mean_words, granularity,
    shown.runs
