-- The arms taught with chains of thought, all together and each by itself, against the same student untuned, on the same
-- problems.
WITH taught AS (
    SELECT field, dataset, student, untuned_arm, list(arm ORDER BY taught_by, level, format) AS arms
    FROM comparable
    WHERE untuned_arm IS NOT NULL AND level IS DISTINCT FROM 0
    GROUP BY ALL
    ORDER BY field
)
SELECT
    field, concat_ws(', ', dataset, student) AS place,
    unnest(whole_and_each(arms)) AS one, NULL AS one_label, [untuned_arm] AS other, NULL AS other_label
FROM taught
