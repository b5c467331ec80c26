-- The control for length: level 1 padded to the length of level 5, with both levels, same student, problems, teacher.
SELECT
    padded.dataset, padded.student, padded.taught_by AS teacher,
    padded.arm AS padded, one.arm AS level_1, five.arm AS level_5,
    padded.mean_words AS padded_words, five.mean_words AS level_5_words
FROM comparable AS padded
JOIN comparable AS one USING (field, teacher, format, selection)
JOIN comparable AS five USING (field, teacher, format, selection)
WHERE padded.granularity = 'padded' AND format = 'original' AND one.level = 1 AND five.level = 5
ORDER BY field, padded.taught_by
