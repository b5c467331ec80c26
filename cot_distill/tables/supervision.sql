-- What students are taught: how many examples, how often the teacher agrees with gold, how long, how diverse. A row an arm
-- of supervision and student, whose tokenizer makes the tokens.
SELECT
    trained_on AS dataset,
    teacher,
    granularity,
    format,
    student,
    any_value(examples) AS examples,
    any_value(verified_rate) AS verified_rate,
    any_value(mean_words) AS mean_words,
    any_value(mean_steps) AS mean_steps,
    any_value(mean_tokens) AS mean_tokens,
    any_value(vocabulary) AS vocabulary,
    any_value(distinct_1) AS distinct_1,
    any_value(distinct_2) AS distinct_2,
    any_value(distinct_3) AS distinct_3,
    any_value(compression_ratio) AS compression_ratio,
    list_sort(list_distinct(flatten(list(runs)))) AS runs
FROM pooled
WHERE role = 'tuned' AND trained_on = dataset
GROUP BY ALL
ORDER BY dataset, teacher NULLS FIRST, granularity, format, student
