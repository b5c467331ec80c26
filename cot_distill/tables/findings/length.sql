-- The control for length: level 1 padded to the length of level 5, with both levels, same student, problems, teacher.
SELECT
    padded.dataset, padded.student, padded.teacher,
    padded.arm AS padded, one.arm AS level_1, five.arm AS level_5,
    padded.mean_words AS padded_words, five.mean_words AS level_5_words
FROM arms AS padded
JOIN arms AS one ON one.cell = padded.cell AND one.teacher = padded.teacher AND one.format = padded.format
JOIN arms AS five ON five.cell = padded.cell AND five.teacher = padded.teacher AND five.format = padded.format
WHERE padded.role = 'tuned' AND padded.granularity = 'padded' AND padded.format = 'original' AND one.level = 1 AND five.level = 5
ORDER BY padded.dataset, padded.student, padded.teacher, padded.cell
