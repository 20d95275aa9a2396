-- companies_of_items: whose items there are.
SELECT company_id
FROM manual_review_queue
WHERE (:company_id IS NULL OR company_id = :company_id)
GROUP BY company_id
ORDER BY company_id
