-- Several rationales a problem, cut to the tokens of one a problem, against one a problem: same student, same problems, same
-- teacher, level, format and pass rates.
WITH taught AS (
    SELECT
        *,
        coalesce(params->>'$.selection.keep', 'first') AS keep,
        coalesce((params->>'$.selection.rationales_per_problem')::INT, 1) AS most,
        params->>'$.selection.match_by' AS match_by,
        coalesce(params->>'$.selection.pass_rate', '') AS pass_rate
    FROM comparable
    WHERE level IS DISTINCT FROM 0
)
SELECT
    field,
    concat_ws(', ', several.dataset, several.student, several.teacher, coalesce(several.granularity, 'as written'), several.format)
        AS place,
    [several.arm] AS one, several.selection AS one_label,
    [one.arm] AS other, coalesce(nullif(one.selection, ''), 'one a problem') AS other_label
FROM taught AS several
JOIN taught AS one USING (field, teacher, format, pass_rate)
WHERE
    several.granularity IS NOT DISTINCT FROM one.granularity
    AND several.match_by = 'tokens' AND (several.keep = 'all' OR several.most > 1)
    AND one.keep = 'first' AND one.most = 1
ORDER BY field, place, several.selection, one.selection
