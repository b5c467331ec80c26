-- Two teachers of the same student at the same level, in the format as written, on the same problems: the one whose rationales
-- state the gold answer more often against the other.
SELECT
    field, concat_ws(', ', one.dataset, one.student, 'level ' || one.level, one.taught_by || ' and ' || other.taught_by) AS place,
    [one.arm] AS one, one.taught_by AS one_label, one.verified_rate AS one_rate, one.examples AS one_examples,
    [other.arm] AS other, other.taught_by AS other_label, other.verified_rate AS other_rate, other.examples AS other_examples
FROM comparable AS one
JOIN comparable AS other USING (field, granularity, format, selection)
WHERE
    format = 'original' AND one.level >= 1 AND one.teacher <> other.teacher AND one.verified_rate > other.verified_rate
    AND one.examples IS NOT NULL AND other.examples IS NOT NULL
ORDER BY field, one.level, one.taught_by, other.taught_by
