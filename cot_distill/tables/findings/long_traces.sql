-- A teacher's thoughts against its shorter chains of thought, which have half their words or fewer: its levels, what it wrote
-- of its own accord, its thoughts shortened. Same student, same problems.
SELECT
    field, concat_ws(', ', long.dataset, long.student, long.taught_by) AS place,
    list(short.arm ORDER BY short.arm) AS one, NULL AS one_label,
    [long.arm] AS other, 'thoughts' AS other_label
FROM comparable AS long
JOIN comparable AS short USING (field, teacher, selection)
WHERE
    long.granularity = 'thoughts' AND long.format = 'original' AND 2 * short.mean_words <= long.mean_words
    AND (short.level >= 1 OR short.granularity IS NULL OR short.granularity = 'thoughts')
GROUP BY ALL
ORDER BY field, place
