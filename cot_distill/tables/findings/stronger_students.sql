-- Two students asked the same problems and taught the same levels by the same teacher: their coarse (1 to 3) and fine
-- (4 to 6) arms, of which each needs at least one.
WITH taught AS (
    SELECT
        dataset, asked, field, student, taught_by AS teacher,
        list(level ORDER BY level) AS levels,
        list(arm ORDER BY level) FILTER (level <= 3) AS coarse,
        list(arm ORDER BY level) FILTER (level >= 4) AS fine
    FROM comparable
    WHERE format = 'original' AND level BETWEEN 1 AND 6
    GROUP BY ALL
)
SELECT
    one.dataset, asked, teacher,
    one.student AS one_student, one.coarse AS one_coarse, one.fine AS one_fine,
    other.student AS other_student, other.coarse AS other_coarse, other.fine AS other_fine
FROM taught AS one
JOIN taught AS other USING (asked, teacher, levels)
WHERE other.student > one.student AND len(one.coarse) > 0 AND len(one.fine) > 0
ORDER BY asked, teacher, one.student, other.student
