-- The human rationales against all levels of a model that teaches the same student, on the same problems.
WITH models AS (
    SELECT field, selection, taught_by AS teacher, list(arm ORDER BY level) AS arms
    FROM comparable
    WHERE format = 'original' AND level >= 1
    GROUP BY field, selection, taught_by
)
SELECT human.dataset, human.student, human.taught_by AS human, human.arm, human.verified_rate, models.teacher, models.arms
FROM comparable AS human
JOIN models USING (field, selection)
WHERE human.format = 'original' AND human.teacher IN ('human', 'human_published') AND human.granularity IS NULL
ORDER BY field, human.taught_by, models.teacher
