-- marks: columns of the audit for what was taken back, as they were before it had a table of its own.
ALTER TABLE consistency_corrections
ADD COLUMN undone_at DATETIME(6) NULL,
ADD COLUMN undone_by VARCHAR(100) NULL,
ADD COLUMN undo_run_id VARCHAR(191) NULL,
ADD KEY consistency_corrections_undone (table_name, undone_at);
