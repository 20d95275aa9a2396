-- notes_without_company: open findings and review items without a company, whose row is not known to have none.
-- No reviewer of a company would see them. A row that really has no company is a finding of T-01.
SELECT
    (
        SELECT COUNT(*)
        FROM data_consistency_alerts AS f
        WHERE f.company_id IS NULL
          AND f.status IN ('open', 'in_review', 'parked')
          AND f.entity_id IS NOT NULL
          AND NOT EXISTS (
              SELECT 1
              FROM data_consistency_alerts AS known
              WHERE known.entity_type = f.entity_type
                AND known.entity_id = f.entity_id
                AND known.catalogue = 'T-01'
                AND known.status IN ('open', 'in_review')
          )
    ) AS findings,
    (
        SELECT COUNT(*)
        FROM manual_review_queue AS q
        WHERE q.company_id IS NULL
          AND q.status IN ('pending', 'in_progress')
          AND NOT EXISTS (
              SELECT 1
              FROM data_consistency_alerts AS known
              WHERE known.entity_type = q.entity_type
                AND known.entity_id = q.entity_id
                AND known.catalogue = 'T-01'
                AND known.status IN ('open', 'in_review')
          )
    ) AS items
