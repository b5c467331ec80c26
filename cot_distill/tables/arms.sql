-- What every table is a query over:
--   scores    a row an arm and test problem: the share of the arm's answers that are right, and how many answers there are
--   arms      a row an arm: what it was taught and tested on, its training seeds pooled, how it did, how it compares
--   compared  a row an arm and baseline: the paired test of the arm against the best of its field, the answer alone, and
--             the untuned student; `seeds` are those of the arm that was trained least often; an arm against itself has p = 1 and is in no family that Holm adjusts
-- Arms of one field compare: tested on the same problems, trained on the same dataset, the same student, setting, token
-- cap and grader. The statistics are functions of cot_distill/evaluation/statistics.py, which relations.py makes known.

-- How much the accuracies of single seeds vary beyond what their problems explain: `between` is the variance of the
-- seeds' accuracies, `within` that of a problem's answers over seeds, mean over the n problems. It may be below 0.
CREATE MACRO seed_variance(between, within, n) AS
    CASE WHEN n > 1 THEN between - (within - between) / (n - 1) END;

CREATE TYPE problem AS ENUM (SELECT DISTINCT problem_id FROM test_problems ORDER BY problem_id);

-- The files are read once; the names of problems become numbers. A problem that its test set lacks is null.
SET preserve_insertion_order = false;
CREATE TEMP TABLE answers AS
SELECT run_id, try_cast(problem_id AS problem) AS problem_id, sample, correct, stated, answered, truncated,
    unclosed, new_tokens
FROM verdicts;
RESET preserve_insertion_order;

CREATE TEMP TABLE by_run AS
SELECT
    run_id,
    count(*) AS answers,
    1 + max(sample) AS samples,
    count(*) FILTER (sample = 0) AS n,
    sum(hash(problem_id)) FILTER (sample = 0) AS problems,
    sum(hash(problem_id)) AS asked,
    count(*) = count(problem_id) AND count(*) = count(correct) AS whole,
    avg(correct::INT) AS accuracy,
    CASE WHEN count(stated) = count(*) THEN avg((correct AND stated)::INT) END AS stated_accuracy,
    avg(answered::INT) AS answered_rate,
    avg(truncated::INT) AS truncated_rate,
    nullif(avg(coalesce(unclosed, false)::INT), 0) AS unclosed_rate,
    avg(new_tokens) AS mean_new_tokens
FROM answers
GROUP BY run_id;

-- Runs that did not answer each problem of their test set equally often: a table that is damaged or cut.
CREATE TEMP TABLE uneven AS
WITH asked AS (
    SELECT test_set, problems, n, count(*) AS runs FROM by_run JOIN runs USING (run_id) GROUP BY ALL
),
usual AS (SELECT test_set, arg_max((problems, n), (runs, n)) AS whole FROM asked GROUP BY test_set)
SELECT run_id
FROM runs
LEFT JOIN by_run USING (run_id)
LEFT JOIN usual USING (test_set)
WHERE (problems, n) IS DISTINCT FROM usual.whole OR answers <> n * samples OR asked <> problems * samples
    OR NOT by_run.whole;

CREATE TEMP TABLE members AS
SELECT run_id, dense_rank() OVER (ORDER BY pool, test_set, grader) AS arm FROM runs WHERE run_id NOT IN (FROM uneven);

CREATE TEMP TABLE problem_scores AS
WITH shares AS (
    SELECT arm, problem_id, correct::INT AS share, (correct AND stated)::INT AS stated_share, 1 AS answers
    FROM answers JOIN members USING (run_id) JOIN by_run USING (run_id)
    WHERE samples = 1
    UNION ALL
    SELECT arm, problem_id, avg(correct::INT), avg((correct AND stated)::INT), count(*)
    FROM answers JOIN members USING (run_id) JOIN by_run USING (run_id)
    WHERE samples > 1
    GROUP BY arm, run_id, problem_id
)
SELECT arm, problem_id, avg(share) AS share, sum(answers)::BIGINT AS answers, var_samp(share) AS variance,
    CASE WHEN count(stated_share) = count(*) THEN avg(stated_share) END AS stated_share
FROM shares
GROUP BY arm, problem_id;

CREATE VIEW scores AS SELECT arm, problem_id::VARCHAR AS problem_id, share, answers FROM problem_scores;

CREATE TEMP TABLE described AS
WITH tested AS (
    SELECT
        arm,
        count(*) AS n,
        sum(answers)::BIGINT AS n_answers,
        avg(share) AS accuracy,
        var_pop(share) AS variance,
        avg(variance) AS within
    FROM problem_scores
    GROUP BY arm
),
pooled AS (
    SELECT
        arm,
        any_value(COLUMNS(runs.* EXCLUDE (run_id, run, rev, source, seed, untuned_id, params, path))),
        list(run_id ORDER BY seed, run) AS run_ids,
        list(run ORDER BY seed, run) AS runs,
        list(rev ORDER BY seed, run) AS revs,
        list(DISTINCT source ORDER BY source) AS sources,
        list(seed ORDER BY seed, run) AS seed_list,
        arg_min(params, run_id) AS params,
        min(untuned_id) AS untuned_id,
        max(samples) AS samples,
        count(*) AS seeds,
        CASE WHEN seeds > 1 THEN stddev_samp(accuracy) END AS seed_sd,
        CASE WHEN seeds > 1 THEN min(accuracy) END AS seed_min,
        CASE WHEN seeds > 1 THEN max(accuracy) END AS seed_max,
        CASE WHEN count(stated_accuracy) = count(*) THEN avg(stated_accuracy) END AS stated_accuracy,
        avg(answered_rate) AS answered_rate,
        avg(truncated_rate) AS truncated_rate,
        sum(unclosed_rate) / count(*) AS unclosed_rate,
        avg(mean_new_tokens) AS mean_new_tokens
    FROM runs JOIN members USING (run_id) JOIN by_run USING (run_id)
    GROUP BY arm
)
SELECT
    dense_rank() OVER (ORDER BY dataset, trained_on, student, test_set, setting, grader) AS field,
    dense_rank() OVER (ORDER BY dataset, trained_on, test_set, setting, grader) AS asked,
    pooled.* EXCLUDE (untuned_id),
    untuned.arm AS untuned_arm,
    tested.* EXCLUDE (arm, variance),
    seed_variance(seed_sd ** 2, within, n) AS seed_variance,
    accuracy_interval(accuracy, variance, n, n_answers, coalesce(seed_variance, 0), seeds) AS accuracy_interval,
    -- rounded: equal accuracies may add up to other last digits
    CASE WHEN role = 'tuned' THEN row_number() OVER (
        PARTITION BY role, dataset, trained_on, student, setting, test_set, grader
        ORDER BY round(accuracy, 12) DESC, granularity, format, teacher, selection NULLS FIRST, pool
    ) END AS place_in_field
FROM pooled
JOIN tested USING (arm)
LEFT JOIN (SELECT run_id, arm, test_set AS asked_of, grader AS graded_by FROM members JOIN runs USING (run_id)) AS untuned
    ON untuned.run_id = pooled.untuned_id AND asked_of = test_set AND graded_by IS NOT DISTINCT FROM grader;

CREATE TEMP TABLE compared AS
WITH tuned AS (FROM described WHERE role = 'tuned'),
answer_only AS (
    SELECT field, any_value(arm) AS arm FROM tuned WHERE granularity = '0' GROUP BY field HAVING count(*) = 1
),
wanted AS (
    SELECT field, tuned.arm, 'best' AS baseline, best.arm AS other
    FROM tuned JOIN tuned AS best USING (field)
    WHERE best.place_in_field = 1
    UNION ALL
    SELECT field, untuned_arm, 'best', arm FROM tuned WHERE place_in_field = 1 AND untuned_arm IS NOT NULL
    UNION ALL
    SELECT field, tuned.arm, 'answer_only', answer_only.arm
    FROM tuned JOIN answer_only USING (field)
    UNION ALL
    SELECT field, arm, 'untuned', untuned_arm FROM tuned WHERE untuned_arm IS NOT NULL
),
differences AS (
    SELECT wanted.*, this.share - that.share AS difference
    FROM wanted
    JOIN problem_scores AS that ON that.arm = wanted.other
    JOIN problem_scores AS this ON this.arm = wanted.arm AND this.problem_id = that.problem_id
),
summed AS (
    SELECT
        field, arm, baseline, other,
        count(*) AS n,
        sum(difference) AS total,
        sum(difference ** 2) AS squares,
        count(*) FILTER (difference > 0) AS only_this,
        count(*) FILTER (difference < 0) AS only_other
    FROM differences
    GROUP BY ALL
),
tested AS (
    SELECT
        summed.*,
        other.accuracy AS other_accuracy,
        least(CASE one.role WHEN 'tuned' THEN one.seeds END, CASE other.role WHEN 'tuned' THEN other.seeds END) AS seeds,
        paired(
            total, squares, summed.n,
            CASE WHEN one.role = 'tuned' THEN one.seeds ELSE 0 END, coalesce(one.seed_variance, 0),
            CASE WHEN other.role = 'tuned' THEN other.seeds ELSE 0 END, coalesce(other.seed_variance, 0)
        ) AS test
    FROM summed
    JOIN described AS one ON one.arm = summed.arm
    JOIN described AS other ON other.arm = summed.other
),
families AS (
    SELECT field, baseline, count(*) AS family, list(arm ORDER BY arm) AS arms, holm(list(test.p ORDER BY arm)) AS adjusted
    FROM tested
    WHERE arm <> other
    GROUP BY field, baseline
)
SELECT
    tested.* EXCLUDE (test),
    unnest(test),
    coalesce(adjusted[list_position(arms, arm)], 1.0) AS p_holm,
    coalesce(family, 0) AS family
FROM tested
LEFT JOIN families USING (field, baseline);

CREATE TEMP TABLE arms AS
WITH untuned AS (FROM compared WHERE baseline = 'untuned'),
answer_only AS (FROM compared WHERE baseline = 'answer_only'),
best AS (SELECT compared.* FROM compared JOIN described USING (arm) WHERE baseline = 'best' AND role = 'tuned')
SELECT
    described.* EXCLUDE (accuracy_interval),
    accuracy_interval.low AS accuracy_low,
    accuracy_interval.high AS accuracy_high,
    untuned.other_accuracy AS untuned,
    untuned.difference AS gain,
    untuned.low AS gain_low,
    untuned.high AS gain_high,
    untuned.p AS p_untuned,
    untuned.p_holm AS p_untuned_holm,
    answer_only.other_accuracy AS answer_only,
    answer_only.p AS p_answer_only,
    answer_only.p_holm AS p_answer_only_holm,
    best.other_accuracy AS best,
    best.p AS p_best,
    best.p_holm AS p_best_holm,
    count(*) OVER (PARTITION BY role, described.field, teacher, granularity, format, selection) AS twins
FROM described
LEFT JOIN untuned USING (arm)
LEFT JOIN answer_only USING (arm)
LEFT JOIN best USING (arm);

-- The arms that may stand in a finding: tested at home, and alone in their cell. What several rationales a problem add is
-- told behind the teacher's name, so that arms pair with those of the same `selection`, '' where it is as by default.
CREATE VIEW comparable AS
SELECT
    * REPLACE (coalesce(selection, '') AS selection),
    try_cast(granularity AS INT) AS level,
    concat_ws(', ', teacher, selection) AS taught_by
FROM arms WHERE role = 'tuned' AND trained_on = dataset AND twins = 1;

-- Arms all together and, where they are several, each by itself.
CREATE MACRO whole_and_each(list) AS CASE len(list) WHEN 1 THEN [list] ELSE list_prepend(list, [[arm] FOR arm IN list]) END;

-- What every table shows of an arm, after what it was taught.
CREATE VIEW shown AS
SELECT
    arm, split, n, seeds, accuracy, accuracy_low, accuracy_high, stated_accuracy, untuned, p_untuned, p_untuned_holm,
    answer_only, p_answer_only, p_answer_only_holm, p_best, p_best_holm, test_set, setting, grader, runs, revs
FROM arms;

-- The fields by which the best is chosen: dev problems where as many arms were asked them as the test problems.
CREATE VIEW choosing AS
WITH fields AS (
    SELECT
        field, any_value(dataset) AS dataset, any_value(student) AS student, any_value(setting) AS setting,
        any_value(grader) AS grader, any_value(split) AS split,
        count(*) AS compared, count(*) FILTER (p_best_holm >= 0.05) - 1 AS not_worse
    FROM arms
    WHERE role = 'tuned' AND trained_on = dataset
    GROUP BY field
)
SELECT field, split, compared, not_worse
FROM fields
WHERE split = 'dev' OR NOT EXISTS (
    SELECT 1 FROM fields AS dev
    WHERE dev.split = 'dev' AND dev.compared >= fields.compared AND dev.dataset = fields.dataset
        AND dev.student = fields.student AND dev.setting = fields.setting AND dev.grader IS NOT DISTINCT FROM fields.grader
);

-- How an arm that was asked the dev problems does on the test problems, which took part in no choice.
CREATE VIEW untouched AS
SELECT
    dev.arm, test.n AS test_n, test.seeds AS test_seeds, test.accuracy AS test_accuracy,
    test.accuracy_low AS test_accuracy_low, test.accuracy_high AS test_accuracy_high
FROM arms AS dev
JOIN arms AS test USING (role, dataset, student, setting)
WHERE dev.split = 'dev' AND test.split = 'test' AND test.twins = 1
    AND test.trained_on IS NOT DISTINCT FROM dev.trained_on AND test.grader IS NOT DISTINCT FROM dev.grader
    AND test.teacher IS NOT DISTINCT FROM dev.teacher AND test.granularity IS NOT DISTINCT FROM dev.granularity
    AND test.format IS NOT DISTINCT FROM dev.format AND test.selection IS NOT DISTINCT FROM dev.selection
QUALIFY row_number() OVER (PARTITION BY dev.arm ORDER BY test.n DESC, test.arm DESC) = 1;
