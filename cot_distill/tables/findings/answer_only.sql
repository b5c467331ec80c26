-- Every arm taught with chains of thought, and the same student taught the answers alone, on the same problems.
SELECT taught.dataset, taught.student, taught.cell, answers.arm AS baseline, list(taught.arm ORDER BY taught.arm) AS arms
FROM arms AS taught
JOIN arms AS answers ON answers.cell = taught.cell AND answers.role = 'tuned' AND answers.level = 0
WHERE taught.role = 'tuned' AND taught.level IS DISTINCT FROM 0
GROUP BY ALL
ORDER BY taught.dataset, taught.student, taught.cell
