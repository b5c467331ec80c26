-- A row an arm, untuned students first: what it was, how it did, and its gain over the untuned student.
SELECT
    arm,
    array_to_string(runs, ' ') AS run,
    role, dataset, student, teacher, granularity, format, selection,
    coalesce(array_to_string(seed_list, ' '), '') AS seeds,
    arms.seeds AS n_seeds,
    n,
    round(accuracy * n_answers)::BIGINT AS correct,
    accuracy, accuracy_low, accuracy_high, seed_sd, seed_min, seed_max,
    gain, gain_low, gain_high,
    CASE WHEN n_answers = n THEN only_this END AS only_this_right,
    CASE WHEN n_answers = n THEN only_other END AS only_untuned_right,
    p_untuned AS p,
    p_untuned_holm AS p_holm,
    family,
    samples, stated_accuracy, answered_rate, truncated_rate, unclosed_rate, mean_new_tokens
FROM arms
LEFT JOIN (SELECT arm, only_this, only_other, family FROM compared WHERE baseline = 'untuned') USING (arm)
ORDER BY dataset, student, role DESC, granularity, format, teacher, selection NULLS FIRST, seed_list, runs
