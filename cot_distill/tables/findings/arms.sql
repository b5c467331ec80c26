-- The arms that findings compare, a row each; runs that differ in the training seed alone (one pool) are one arm.
--   cell   one student in one setting, asked one set of problems and graded by one version of the grader: only within it
--          are arms compared. The untuned student stands in every cell whose runs name it.
--   asked  the same without the student: across it students are compared
--   twins  how many arms of a cell look alike; where it is more than one, more than the seed differs
CREATE OR REPLACE TEMP TABLE arms AS
WITH asked_of AS (
    SELECT run_id, md5(string_agg(DISTINCT problem_id, ' ' ORDER BY problem_id)) AS problems
    FROM verdicts
    GROUP BY run_id
),
tuned AS (
    SELECT
        r.dataset, r.student, r.setting, r.test_set, r.grader, a.problems, r.pool,
        r.teacher, r.granularity, r.format,
        list(r.run_id ORDER BY r.seed, r.run) AS run_ids,
        list(r.run ORDER BY r.seed, r.run) AS runs,
        min(r.examples) AS examples,
        avg(r.verified_rate) AS verified_rate,
        avg(r.mean_words) AS mean_words,
        min(r.untuned_id) AS untuned_id
    FROM runs AS r
    JOIN asked_of AS a USING (run_id)
    WHERE r.role = 'tuned' AND r.trained_on = r.dataset
    GROUP BY ALL
),
untuned AS (
    SELECT DISTINCT t.dataset, t.student, t.setting, t.test_set, t.grader, t.problems, r.pool, r.run_id, r.run
    FROM tuned AS t
    JOIN runs AS r ON r.run_id = t.untuned_id
    JOIN asked_of AS a ON a.run_id = r.run_id AND a.problems = t.problems
),
either AS (
    SELECT 'untuned' AS role, * EXCLUDE (run_id, run), [run_id] AS run_ids, [run] AS runs FROM untuned
    UNION ALL BY NAME
    SELECT 'tuned' AS role, * EXCLUDE (untuned_id) FROM tuned
)
SELECT
    row_number() OVER (ORDER BY dataset, student, setting, role DESC, teacher, format, granularity, pool) AS arm,
    dense_rank() OVER (ORDER BY dataset, student, setting, test_set, grader, problems) AS cell,
    dense_rank() OVER (ORDER BY dataset, setting, test_set, grader, problems) AS asked,
    count(*) OVER (
        PARTITION BY role, dataset, student, setting, test_set, grader, problems, teacher, granularity, format
    ) AS twins,
    try_cast(granularity AS INT) AS level,
    len(run_ids) AS seeds,
    * EXCLUDE (setting, test_set, grader, problems)
FROM either
