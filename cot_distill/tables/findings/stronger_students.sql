-- Of the students that were asked the same problems and taught the same levels by the same teacher, the strongest and the
-- weakest: against each other, and the fine levels (4 to 6) of each against its coarse ones (1 to 3), of which each needs one.
WITH taught AS (
    SELECT
        dataset, asked, student, taught_by AS teacher, avg(accuracy) AS strength,
        list(level ORDER BY level) AS levels,
        list(arm ORDER BY level) FILTER (level <= 3) AS coarse,
        list(arm ORDER BY level) FILTER (level >= 4) AS fine
    FROM comparable
    WHERE format = 'original' AND level BETWEEN 1 AND 6
    GROUP BY ALL
    HAVING len(coarse) > 0 AND len(fine) > 0
),
ends AS (
    SELECT
        dataset, asked, teacher, levels,
        arg_max(taught, (strength, student)) AS strong, arg_min(taught, (strength, student)) AS weak
    FROM taught
    GROUP BY ALL
    HAVING count(*) > 1
    ORDER BY asked, dataset, teacher, levels
)
SELECT
    concat_ws(' ', asked, levels) AS field, concat_ws(', ', dataset, teacher, strong.student || ' and ' || weak.student) AS place, unnest([
        {aside: true, one: strong.coarse || strong.fine, one_label: strong.student,
            other: weak.coarse || weak.fine, other_label: weak.student},
        {aside: false, one: strong.fine, one_label: strong.student || ', fine',
            other: strong.coarse, other_label: strong.student || ', coarse'},
        {aside: false, one: weak.fine, one_label: weak.student || ', fine',
            other: weak.coarse, other_label: weak.student || ', coarse'}
    ], recursive := true)
FROM ends
