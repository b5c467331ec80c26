-- Each format against each other one: same student, same problems, same teacher and level.
SELECT
    one.dataset, one.student, one.taught_by AS teacher, one.granularity, field,
    one.arm AS one_arm, other.arm AS other_arm, one.format AS one_format, other.format AS other_format
FROM comparable AS one
JOIN comparable AS other USING (field, teacher, selection)
WHERE one.granularity IS NOT DISTINCT FROM other.granularity AND one.format > other.format
ORDER BY field, one.taught_by, one.granularity, other.format, one.format
