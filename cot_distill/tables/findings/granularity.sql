-- Each finer level against each coarser one: same student, same problems, same teacher, format as written.
SELECT
    fine.dataset, fine.student, fine.teacher,
    fine.cell, fine.arm AS fine_arm, coarse.arm AS coarse_arm, fine.level AS fine, coarse.level AS coarse
FROM arms AS fine
JOIN arms AS coarse ON coarse.cell = fine.cell AND coarse.teacher = fine.teacher AND coarse.format = fine.format
WHERE fine.role = 'tuned' AND coarse.role = 'tuned' AND fine.format = 'original' AND fine.level > coarse.level AND coarse.level >= 1
ORDER BY fine.dataset, fine.student, fine.teacher, fine.cell, coarse.level, fine.level
