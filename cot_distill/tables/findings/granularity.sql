-- Each finer level against each coarser one: same student, same problems, same teacher, format as written.
SELECT
    field, concat_ws(', ', fine.dataset, fine.student, fine.taught_by) AS place,
    [fine.arm] AS one, 'level ' || fine.level AS one_label,
    [coarse.arm] AS other, 'level ' || coarse.level AS other_label
FROM comparable AS fine
JOIN comparable AS coarse USING (field, teacher, format, selection)
WHERE format = 'original' AND fine.level > coarse.level AND coarse.level >= 1
ORDER BY field, place, coarse.level, fine.level
