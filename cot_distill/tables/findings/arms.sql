-- The arms that findings compare, a row each; runs that differ in the training seed alone are one arm.
--   cell  one student asked one set of problems and graded by one version of the grader: only within it are arms compared
--   asked the same without the student: across it students are compared
-- An arm that stands in a cell twice (then more than the seed differs) is counted in `twins`.
CREATE OR REPLACE TEMP TABLE arms AS
WITH by_run AS (
    SELECT run_id, count(DISTINCT problem_id) AS n, md5(string_agg(DISTINCT problem_id, ' ' ORDER BY problem_id)) AS ids
    FROM verdicts
    GROUP BY run_id
),
pooled AS (
    SELECT
        r.pool, r.role, r.dataset, r.student, r.teacher, r.granularity, r.format, r.test_set, r.grader, v.n, v.ids,
        try_cast(r.granularity AS INT) AS level,
        list(r.run_id ORDER BY r.seed, r.run) AS run_ids,
        list(r.run ORDER BY r.seed, r.run) AS runs,
        count(*) AS seeds,
        min(r.examples) AS examples,
        avg(r.verified_rate) AS verified_rate,
        avg(r.mean_words) AS mean_words
    FROM runs AS r
    JOIN by_run AS v USING (run_id)
    WHERE r.role = 'untuned' OR r.trained_on = r.dataset
    GROUP BY ALL
)
SELECT
    row_number() OVER (ORDER BY dataset, student, role DESC, teacher, format, granularity, pool) AS arm,
    dense_rank() OVER (ORDER BY dataset, student, test_set, grader, ids) AS cell,
    dense_rank() OVER (ORDER BY dataset, test_set, grader, ids) AS asked,
    count(*) OVER (PARTITION BY role, dataset, student, teacher, granularity, format, test_set, grader, ids) AS twins,
    * EXCLUDE (ids)
FROM pooled
