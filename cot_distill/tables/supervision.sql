-- What students are taught: how many examples, how often the teacher agrees with gold, how long, how diverse. A row an arm
-- of supervision and student, whose tokenizer makes the tokens.
SELECT
    trained_on AS dataset, teacher, granularity, format, selection, student,
    any_value(COLUMNS(lambda name: name IN (
        'examples', 'verified_rate', 'mean_words', 'mean_steps', 'mean_tokens',
        'vocabulary', 'distinct_1', 'distinct_2', 'distinct_3', 'compression_ratio'
    ))),
    list_sort(list_distinct(flatten(list(runs)))) AS runs
FROM arms
WHERE role = 'tuned' AND trained_on = dataset
GROUP BY dataset, trained_on, teacher, granularity, format, selection, student
ORDER BY dataset, teacher NULLS FIRST, granularity, format, selection NULLS FIRST, student
