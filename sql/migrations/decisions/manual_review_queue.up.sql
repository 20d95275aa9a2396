-- manual_review_queue: questions and confirmations apart; the values that a person is shown, before and after, and the
-- version of the rule behind them; who decided what, for which reason, in which run.
ALTER TABLE manual_review_queue
ADD COLUMN kind ENUM('question', 'confirmation') NOT NULL DEFAULT 'question',
ADD COLUMN before_values JSON NULL,
ADD COLUMN rule_fingerprint CHAR(64) NULL,
ADD COLUMN snoozed_until DATETIME(6) NULL,
ADD COLUMN decision VARCHAR(20) NULL,
ADD COLUMN decision_reason VARCHAR(30) NULL,
ADD COLUMN decided_by VARCHAR(100) NULL,
ADD COLUMN decision_run_id VARCHAR(191) NULL;
