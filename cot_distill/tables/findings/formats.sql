-- Each format against each other one: same student, same problems, same teacher and level.
SELECT
    one.dataset, one.student, one.teacher, one.granularity, one.cell,
    one.arm AS one_arm, other.arm AS other_arm, one.format AS one_format, other.format AS other_format
FROM arms AS one
JOIN arms AS other
    ON other.cell = one.cell AND other.teacher = one.teacher AND other.granularity IS NOT DISTINCT FROM one.granularity
WHERE one.role = 'tuned' AND other.role = 'tuned' AND one.format > other.format
ORDER BY one.dataset, one.student, one.teacher, one.granularity, one.cell, other.format, one.format
