-- Granularity by student: every level of a teacher and format, the answer alone first.
SELECT
    dataset,
    student,
    teacher,
    format,
    granularity,
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
WHERE role = 'tuned' AND granularity IS NOT NULL AND trained_on = dataset
ORDER BY dataset, student, test_set, setting, grader, teacher NULLS FIRST, format, granularity, runs
