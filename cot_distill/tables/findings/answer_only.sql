-- The arms taught with chains of thought, all together and each by itself, against the same student taught the answers alone,
-- on the same problems.
WITH taught AS (
    SELECT field, dataset, student, list(arm ORDER BY taught_by, level, format) AS arms
    FROM comparable
    WHERE level IS DISTINCT FROM 0
    GROUP BY ALL
)
SELECT
    field, concat_ws(', ', dataset, student) AS place,
    unnest(whole_and_each(arms)) AS one, NULL AS one_label, [arm] AS other, 'taught answers alone' AS other_label
FROM (FROM taught JOIN comparable AS answers USING (field, dataset, student) WHERE answers.level = 0 ORDER BY field)
