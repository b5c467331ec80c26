-- Each mixture with the arms that it is made of, where the same student was taught each of these alone on the same problems,
-- and the longest has at least twice the words of the shortest.
WITH parts AS (
    SELECT
        field, arm, selection, params,
        unnest(from_json(params->'$.mixture', '["JSON"]')) AS part,
        json_array_length(params, '$.mixture') AS count
    FROM comparable
    WHERE json_array_length(params, '$.mixture') > 1
),
named AS (
    SELECT
        field, arm, selection, count,
        coalesce(part->>'$.teacher', params->>'$.teacher') AS teacher,
        -- null is a granularity of its own, as written
        CASE WHEN list_contains(json_keys(part), 'granularity') THEN part->>'$.granularity' ELSE params->>'$.granularity' END
            AS granularity,
        coalesce(part->>'$.format', params->>'$.format') AS format
    FROM parts
),
taught AS (
    SELECT
        field, named.arm, any_value(count) AS count,
        list(alone.arm ORDER BY alone.mean_words DESC, alone.arm) AS arms,
        max(alone.mean_words) >= 2 * min(alone.mean_words) AS long_and_short
    FROM named
    JOIN comparable AS alone USING (field, selection, teacher, format)
    WHERE alone.granularity IS NOT DISTINCT FROM named.granularity
    GROUP BY field, named.arm
)
SELECT
    concat_ws(' ', field, arms) AS field, concat_ws(', ', dataset, student) AS place,
    [arm] AS one, NULL AS one_label, unnest([[alone] FOR alone IN arms]) AS other, NULL AS other_label
FROM (
    FROM taught JOIN comparable USING (field, arm)
    WHERE len(arms) = count AND long_and_short
    ORDER BY field, arms, arm
)
