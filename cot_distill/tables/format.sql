-- Format by student: every format at a teacher's level.
SELECT
    dataset,
    student,
    teacher,
    granularity,
    format,
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
WHERE role = 'tuned' AND format IS NOT NULL AND trained_on = dataset
ORDER BY dataset, student, test_set, setting, grader, teacher, granularity, format, runs
