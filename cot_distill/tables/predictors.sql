-- What can be known of an arm without training its student, against what the student then gets right: the rank correlation
-- (Spearman) of each predictor with accuracy over the arms of a group of at least 4, pooled over the groups as Fisher's z,
-- weighted by their arms less 3. `over` says what varies within a group: all that is taught, levels 1 to 6, formats, or
-- teachers. The interval is Bonett and Wright's (2000); its groups count as independent, which arms of one student are not.
WITH measured AS (
    UNPIVOT (
        SELECT field, teacher, granularity, format, accuracy, COLUMNS(lambda name: name IN (
            'surprisal', 'rank_surprisal', 'local_surprisal', 'mean_tokens', 'mean_steps', 'distinct_2'
        ))
        FROM arms
        JOIN choosing USING (field) -- students who were asked the dev and the test problems count once
        WHERE role = 'tuned' AND trained_on = dataset
    )
    ON * EXCLUDE (field, teacher, granularity, format, accuracy) INTO NAME predictor VALUE value
),
grouped AS (
    SELECT 'all arms' AS over, predictor, accuracy, value, hash(field) AS batch FROM measured
    UNION ALL
    SELECT 'levels', predictor, accuracy, value, hash((field, teacher, format))
    FROM measured WHERE try_cast(granularity AS INT) BETWEEN 1 AND 6
    UNION ALL
    SELECT 'formats', predictor, accuracy, value, hash((field, teacher, granularity))
    FROM measured WHERE teacher IS NOT NULL
    UNION ALL
    SELECT 'teachers', predictor, accuracy, value, hash((field, granularity, format))
    FROM measured WHERE teacher IS NOT NULL
),
ranked AS (
    SELECT
        over, predictor, batch,
        rank() OVER (PARTITION BY over, predictor, batch ORDER BY accuracy)
            + count(*) OVER (PARTITION BY over, predictor, batch, accuracy) / 2 AS by_accuracy,
        rank() OVER (PARTITION BY over, predictor, batch ORDER BY value)
            + count(*) OVER (PARTITION BY over, predictor, batch, value) / 2 AS by_value
    FROM grouped
),
correlated AS (
    SELECT over, predictor, count(*) AS arms, corr(by_accuracy, by_value) AS correlation
    FROM ranked
    GROUP BY over, predictor, batch
    HAVING arms >= 4 AND NOT isnan(coalesce(correlation, 'nan'))
),
pooled AS (
    SELECT
        over, predictor, count(*) AS groups, sum(arms)::BIGINT AS arms,
        tanh(sum((arms - 3) * atanh(greatest(-0.999, least(0.999, correlation)))) / sum(arms - 3)) AS rank_correlation,
        sqrt((1 + rank_correlation ** 2 / 2) / sum(arms - 3)) AS error
    FROM correlated
    GROUP BY over, predictor
)
SELECT
    over, predictor, groups, arms, rank_correlation,
    tanh(atanh(rank_correlation) - 1.96 * error) AS rank_correlation_low,
    tanh(atanh(rank_correlation) + 1.96 * error) AS rank_correlation_high
FROM pooled
ORDER BY over, abs(rank_correlation) DESC, predictor
