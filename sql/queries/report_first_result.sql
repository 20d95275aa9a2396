-- report_first_result: when anything was judged for the first time, as far as results are kept.
SELECT MIN(evaluated_at) AS evaluated_at
FROM consistency_rule_results
