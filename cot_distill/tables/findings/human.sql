-- The human rationales against all levels of a model that teaches the same student, on the same problems.
WITH models AS (
    SELECT cell, teacher, list(arm ORDER BY level) AS arms
    FROM arms
    WHERE role = 'tuned' AND format = 'original' AND level >= 1
    GROUP BY cell, teacher
)
SELECT human.dataset, human.student, human.teacher AS human, human.arm, human.verified_rate, models.teacher, models.arms
FROM arms AS human
JOIN models ON models.cell = human.cell
WHERE human.role = 'tuned' AND human.format = 'original' AND human.teacher IN ('human', 'human_published') AND human.granularity IS NULL
ORDER BY human.dataset, human.student, human.cell, human.teacher, models.teacher
