-- Two teachers of the same student at the same level, in the format as written, on the same problems.
SELECT
    one.dataset, one.student, granularity, field,
    one.taught_by AS one_teacher, one.arm AS one_arm, one.verified_rate AS one_rate, one.examples AS one_examples,
    other.taught_by AS other_teacher, other.arm AS other_arm, other.verified_rate AS other_rate, other.examples AS other_examples
FROM comparable AS one
JOIN comparable AS other USING (field, granularity, format, selection)
WHERE format = 'original' AND one.level >= 1 AND one.teacher > other.teacher
ORDER BY field, one.level, other.teacher, one.teacher
