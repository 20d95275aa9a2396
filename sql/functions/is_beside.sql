-- IS_BESIDE(mine, other): whether a row is another one of the same company and is not deleted; both are names of rows of
-- appointments. IF, so that the company, which all of its appointments share, is not taken for a key.
SELECT
    (
        :other.id <> :mine.id
        AND :other.deleted_at IS NULL
        AND IF(TRUE, :other.company_id, 0) = :mine.company_id
    )
