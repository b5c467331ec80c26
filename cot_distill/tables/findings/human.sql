-- The human rationales against all levels of a model that teaches the same student, on the same problems.
WITH models AS (
    SELECT field, selection, taught_by AS teacher, list(arm ORDER BY level) AS arms
    FROM comparable
    WHERE format = 'original' AND level >= 1
    GROUP BY field, selection, taught_by
)
SELECT
    field, concat_ws(', ', human.dataset, human.student, models.teacher) AS place,
    [human.arm] AS one, human.taught_by AS one_label, human.verified_rate,
    models.arms AS other,
    models.teacher || ', mean over ' || len(models.arms) || CASE len(models.arms) WHEN 1 THEN ' level' ELSE ' levels' END
        AS other_label
FROM comparable AS human
JOIN models USING (field, selection)
WHERE human.format = 'original' AND human.teacher IN ('human', 'human_published') AND human.granularity IS NULL
ORDER BY field, place, human.taught_by
