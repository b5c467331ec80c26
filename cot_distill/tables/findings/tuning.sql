-- Every arm taught with chains of thought, and the same student untuned, on the same problems.
SELECT tuned.dataset, tuned.student, tuned.cell, untuned.arm AS baseline, list(tuned.arm ORDER BY tuned.arm) AS arms
FROM arms AS tuned
JOIN arms AS untuned ON untuned.cell = tuned.cell AND untuned.role = 'untuned'
WHERE tuned.role = 'tuned' AND tuned.level IS DISTINCT FROM 0
GROUP BY ALL
ORDER BY tuned.dataset, tuned.student, tuned.cell
