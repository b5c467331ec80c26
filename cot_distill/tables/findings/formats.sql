-- Each format against each other one: same student, same problems, same teacher and level.
SELECT
    field, concat_ws(', ', one.dataset, one.student, one.taught_by || ' ' || in_words(one.granularity)) AS place,
    [one.arm] AS one, one.format AS one_label,
    [other.arm] AS other, other.format AS other_label
FROM comparable AS one
JOIN comparable AS other USING (field, teacher, selection)
WHERE one.granularity IS NOT DISTINCT FROM other.granularity AND one.format > other.format
ORDER BY field, place, other.format, one.format
