-- The control for length: level 1 padded to the length of level 5, with both levels, same student, problems, teacher.
WITH control AS (
    SELECT
        field, concat_ws(', ', padded.dataset, padded.student, padded.taught_by) AS place,
        padded.arm AS padded, one.arm AS level_1, five.arm AS level_5,
        padded.mean_words AS padded_words, five.mean_words AS level_5_words
    FROM comparable AS padded
    JOIN comparable AS one USING (field, teacher, format, selection)
    JOIN comparable AS five USING (field, teacher, format, selection)
    WHERE padded.granularity = 'padded' AND format = 'original' AND one.level = 1 AND five.level = 5
    ORDER BY field, place
)
SELECT field, place, padded_words, level_5_words, unnest([
    {one: [level_5], one_label: 'level 5', other: [padded], other_label: 'level 1 padded'},
    {one: [level_5], one_label: 'level 5', other: [level_1], other_label: 'level 1'},
    {one: [padded], one_label: 'level 1 padded', other: [level_1], other_label: 'level 1'}
], recursive := true)
FROM control
