-- Every arm taught with chains of thought, and the same student taught the answers alone, on the same problems.
SELECT taught.dataset, taught.student, field, answers.arm AS baseline, list(taught.arm ORDER BY taught.taught_by, taught.level, taught.format) AS arms
FROM comparable AS taught
JOIN comparable AS answers USING (field)
WHERE answers.level = 0 AND taught.level IS DISTINCT FROM 0
GROUP BY ALL
ORDER BY field
