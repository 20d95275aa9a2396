-- NAME_IS_OF_STAFF(name, company): whether an active member of the company's staff is called that, title apart.
SELECT
    EXISTS (
        SELECT 1
        FROM staff AS member
        WHERE member.company_id = :company
          AND member.is_active = 1
          AND LOWER(TRIM(member.name)) = REGEXP_REPLACE(LOWER(TRIM(:name)), '^(herr|frau|mr|mrs|ms)[.]?\\s+', '')
    )
