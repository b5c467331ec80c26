-- Teacher by student, with how often the teacher agrees with gold, how diverse and how complex what it writes is.
SELECT
    dataset,
    student,
    granularity,
    format,
    teacher,
    verified_rate,
    distinct_2,
    mean_words,
    mean_steps,
    n,
    seeds,
    accuracy,
    accuracy_low,
    accuracy_high,
    stated_accuracy,
    untuned,
    p_untuned,
    answer_only,
    p_answer_only,
    p_best,
    test_set,
    setting,
    grader,
    runs,
    revs
FROM pooled
WHERE role = 'tuned' AND teacher IS NOT NULL AND trained_on = dataset
ORDER BY dataset, student, test_set, setting, grader, granularity, format, teacher, runs
