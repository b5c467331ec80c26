-- A teacher's thoughts against its shorter chains of thought, which have half their words or fewer: its levels, what it wrote
-- of its own accord, its thoughts shortened. Same student, same problems.
SELECT
    long.dataset, long.student, long.taught_by AS teacher, field,
    long.arm AS long_arm, list(short.arm ORDER BY short.arm) AS short_arms
FROM comparable AS long
JOIN comparable AS short USING (field, teacher, selection)
WHERE
    long.granularity = 'thoughts' AND long.format = 'original' AND 2 * short.mean_words <= long.mean_words
    AND (short.level >= 1 OR short.granularity IS NULL OR short.granularity = 'thoughts')
GROUP BY ALL
ORDER BY field, long.taught_by
