-- What the tables are made of.
--   pooled_rights  a row an arm: its test problems, and of which of them at least 1, 2, … of its answers are right
--   pooled         a row an arm, student and test set, its training seeds pooled: what it was, how it did, how sure that
--                  is, and how it compares with the best, the answer alone and the untuned student on the same problems
-- Arms are compared within a `field`: tested on the same problems, trained on the same dataset, the same student,
-- setting, token cap and grader.
CREATE TEMP TABLE pooled_runs AS
SELECT
    *,
    dense_rank() OVER (ORDER BY pool, test_set, grader) AS arm,
    dense_rank() OVER (ORDER BY dataset, trained_on, student, setting, test_set, grader) AS field
FROM runs;

-- Sets of problems are strings of bits, in which every problem has its place: millions of answers become one short string
-- a run and sample, and to compare two arms is to compare two strings. Problems are looked up by a number of 64 bits: in a
-- test set of 10,000 the odds that two share one are 1 in 300 billion, and they would be told as an error.
CREATE TEMP TABLE pooled_problems AS
SELECT hash(problem_id) AS problem, row_number() OVER (ORDER BY problem_id) - 1 AS place
FROM test_problems;

SET VARIABLE last_place = (SELECT coalesce(max(place), 0) FROM pooled_problems);

-- The files are read once, and in any order: opening thousands costs more than all the counting. The optimizer takes all
-- verdicts for one row, and would keep them instead of the problems in memory.
SET preserve_insertion_order = false;
SET disabled_optimizers = 'build_side_probe_side';
CREATE TEMP TABLE pooled_samples AS
SELECT
    run_id,
    sample,
    bitstring_agg(place, 0, getvariable('last_place')) AS asked,
    coalesce(bitstring_agg(place, 0, getvariable('last_place')) FILTER (correct), asked & ~asked) AS rights,
    count(*) AS answers,
    bit_count(rights) / count(*) AS accuracy,
    CASE WHEN count(stated) = count(*) THEN countif(correct AND stated) / count(*) END AS stated_accuracy,
    countif(answered) / count(*) AS answered_rate,
    countif(truncated) / count(*) AS truncated_rate,
    avg(new_tokens) AS mean_new_tokens
FROM verdicts
LEFT JOIN pooled_problems ON problem = hash(problem_id)
GROUP BY run_id, sample;
RESET disabled_optimizers;

CREATE TEMP TABLE pooled_rights AS
SELECT
    arm,
    any_value(asked) AS asked,
    at_least(list(rights)) AS at_least,
    CASE
        WHEN count(DISTINCT asked) > 1 OR sum(answers) <> count(*) * bit_count(any_value(asked)) THEN list(run)
    END AS uneven_runs
FROM pooled_samples
JOIN pooled_runs USING (run_id)
GROUP BY arm;

SELECT error(
    string_agg(DISTINCT run, ' ' ORDER BY run) || ': some problems have more answers than others, or are not those of'
    ' another run on the same test set; the verdicts of one of them are damaged or cut'
)
FROM (SELECT unnest(uneven_runs) AS run FROM pooled_rights)
HAVING count(*) > 0;

CREATE TEMP TABLE pooled_alone AS
WITH counted AS (
    SELECT
        arm,
        bit_count(asked) AS n,
        n * len(at_least) AS n_answers,
        list_sum(list_transform(at_least, lambda problems: bit_count(problems))) AS right_answers,
        list_sum(list_transform(at_least, lambda problems, m: bit_count(problems) * (2 * m - 1))) AS squares
    FROM pooled_rights
),
accuracies AS (
    SELECT
        arm,
        n,
        n_answers,
        right_answers / n_answers AS accuracy,
        (n * squares - right_answers * right_answers) / (n_answers * n_answers) AS variance,
        effective_n(n, n_answers, accuracy, variance) AS n_effective
    FROM counted
),
by_run AS (
    SELECT
        run_id,
        avg(accuracy) AS accuracy,
        CASE WHEN count(stated_accuracy) = count(*) THEN avg(stated_accuracy) END AS stated_accuracy,
        avg(answered_rate) AS answered_rate,
        avg(truncated_rate) AS truncated_rate,
        avg(mean_new_tokens) AS mean_new_tokens
    FROM pooled_samples
    GROUP BY run_id
),
described AS (
    SELECT
        arm,
        any_value(COLUMNS(r.* EXCLUDE (run_id, run, rev, source, seed, untuned_id, params, path, arm))),
        list(run ORDER BY seed, run) AS runs,
        list(rev ORDER BY seed, run) AS revs,
        list(DISTINCT source ORDER BY source) AS sources,
        list(seed ORDER BY seed, run) AS seed_list,
        arg_min(params, run_id) AS params,
        min(untuned_id) AS untuned_id,
        count(*) AS seeds,
        CASE WHEN seeds > 1 THEN stddev_samp(accuracy) END AS seed_sd,
        CASE WHEN seeds > 1 THEN min(accuracy) END AS seed_min,
        CASE WHEN seeds > 1 THEN max(accuracy) END AS seed_max,
        CASE WHEN count(stated_accuracy) = count(*) THEN avg(stated_accuracy) END AS stated_accuracy,
        avg(answered_rate) AS answered_rate,
        avg(truncated_rate) AS truncated_rate,
        avg(mean_new_tokens) AS mean_new_tokens
    FROM pooled_runs AS r
    JOIN by_run USING (run_id)
    GROUP BY arm
)
SELECT
    described.*,
    accuracies.* EXCLUDE (arm, variance, n_effective),
    wilson_low(accuracy, n_effective) AS accuracy_low,
    wilson_high(accuracy, n_effective) AS accuracy_high
FROM described
JOIN accuracies USING (arm);

CREATE TEMP TABLE pooled_places AS
SELECT
    arm,
    field,
    -- rounded: equal accuracies may add up to other last digits
    row_number() OVER (
        PARTITION BY field ORDER BY round(accuracy, 12) DESC, granularity, format, teacher, pool
    ) AS place_in_field
FROM pooled_alone
WHERE role = 'tuned';

CREATE TEMP TABLE pooled_pairs AS
WITH sole_answer_only AS (
    SELECT field, any_value(arm) AS arm
    FROM pooled_alone
    WHERE role = 'tuned' AND granularity = '0'
    GROUP BY field
    HAVING count(*) = 1
),
wanted AS (
    SELECT one.arm, 'best' AS kind, other.arm AS other
    FROM pooled_places AS one
    JOIN pooled_places AS other ON other.field = one.field AND other.place_in_field = 1
    UNION ALL
    SELECT arms.arm, 'answer_only', other.arm
    FROM pooled_alone AS arms
    JOIN sole_answer_only AS other USING (field)
    WHERE arms.role = 'tuned'
    UNION ALL
    SELECT one.arm, 'untuned', other.arm
    FROM pooled_alone AS one
    JOIN pooled_runs AS other
        ON other.run_id = one.untuned_id
        AND other.test_set = one.test_set
        AND other.grader IS NOT DISTINCT FROM one.grader
),
paired AS (
    SELECT
        wanted.*,
        bit_count(ahead(this.at_least, that.at_least)) AS only_this,
        bit_count(ahead(that.at_least, this.at_least)) AS only_other
    FROM wanted
    JOIN pooled_rights AS this ON this.arm = wanted.arm
    JOIN pooled_rights AS that ON that.arm = wanted.other AND that.asked = this.asked
)
SELECT paired.*, alone.accuracy AS other_accuracy, mcnemar(only_this, only_other) AS p
FROM paired
JOIN pooled_alone AS alone ON alone.arm = paired.other;

CREATE TEMP TABLE pooled AS
SELECT
    arms.*,
    untuned.other_accuracy AS untuned,
    arms.accuracy - untuned.other_accuracy AS gain,
    untuned.p AS p_untuned,
    answer_only.other_accuracy AS answer_only,
    answer_only.p AS p_answer_only,
    best.other AS best_arm,
    best.other_accuracy AS best,
    best.p AS p_best,
    places.place_in_field
FROM pooled_alone AS arms
LEFT JOIN pooled_pairs AS untuned ON untuned.arm = arms.arm AND untuned.kind = 'untuned'
LEFT JOIN pooled_pairs AS answer_only ON answer_only.arm = arms.arm AND answer_only.kind = 'answer_only'
LEFT JOIN pooled_pairs AS best ON best.arm = arms.arm AND best.kind = 'best'
LEFT JOIN pooled_places AS places ON places.arm = arms.arm;

RESET preserve_insertion_order;
