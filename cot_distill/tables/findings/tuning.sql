-- Every arm taught with chains of thought, and the same student untuned, on the same problems.
SELECT dataset, student, field, untuned_arm AS baseline, list(arm ORDER BY taught_by, level, format) AS arms
FROM comparable
WHERE untuned_arm IS NOT NULL AND level IS DISTINCT FROM 0
GROUP BY dataset, student, field, untuned_arm
ORDER BY field, baseline
