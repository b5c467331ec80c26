-- Each finer level against each coarser one: same student, same problems, same teacher, format as written.
SELECT
    fine.dataset, fine.student, fine.taught_by AS teacher, field,
    fine.arm AS fine_arm, coarse.arm AS coarse_arm, fine.level AS fine, coarse.level AS coarse
FROM comparable AS fine
JOIN comparable AS coarse USING (field, teacher, format, selection)
WHERE format = 'original' AND fine.level > coarse.level AND coarse.level >= 1
ORDER BY field, fine.taught_by, coarse.level, fine.level
