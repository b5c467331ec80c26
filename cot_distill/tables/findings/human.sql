-- The human rationales against all levels of a model that teaches the same student, on the same problems.
WITH models AS (
    SELECT field, teacher, list(arm ORDER BY level) AS arms
    FROM comparable
    WHERE format = 'original' AND level >= 1
    GROUP BY field, teacher
)
SELECT human.dataset, human.student, human.teacher AS human, human.arm, human.verified_rate, models.teacher, models.arms
FROM comparable AS human
JOIN models USING (field)
WHERE human.format = 'original' AND human.teacher IN ('human', 'human_published') AND human.granularity IS NULL
ORDER BY field, human.teacher, models.teacher
