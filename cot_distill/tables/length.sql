-- Length against granularity: whether longer supervision is better supervision; 'padded' is as long as level 5 and says
-- what level 1 says. mean_new_tokens is what the student then writes itself.
SELECT
    dataset,
    student,
    teacher,
    format,
    granularity,
    mean_words,
    mean_steps,
    mean_tokens,
    mean_new_tokens,
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
WHERE role = 'tuned' AND trained_on = dataset
ORDER BY dataset, student, test_set, setting, grader, teacher NULLS FIRST, format, mean_words, granularity, runs
