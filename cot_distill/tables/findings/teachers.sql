-- Two teachers of the same student at the same level, in the format as written, on the same problems.
SELECT
    one.dataset, one.student, one.granularity, one.cell,
    one.teacher AS one_teacher, one.arm AS one_arm, one.verified_rate AS one_rate, one.examples AS one_examples,
    other.teacher AS other_teacher, other.arm AS other_arm, other.verified_rate AS other_rate, other.examples AS other_examples
FROM arms AS one
JOIN arms AS other
    ON other.cell = one.cell AND other.granularity = one.granularity AND other.format = one.format
WHERE one.role = 'tuned' AND other.role = 'tuned' AND one.format = 'original' AND one.level >= 1 AND one.teacher > other.teacher
ORDER BY one.dataset, one.student, one.cell, one.level, other.teacher, one.teacher
