-- 0024_hints: drop them; what happens is found by the hourly and the five-minute runs then.
DROP TABLE IF EXISTS consistency_hints;
