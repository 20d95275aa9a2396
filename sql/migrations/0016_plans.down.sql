-- 0016_plans: take the table away again.
DROP TABLE IF EXISTS consistency_plan_rows;
