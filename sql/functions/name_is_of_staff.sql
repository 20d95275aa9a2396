-- NAME_IS_OF_STAFF(name, company): whether an active member of the company's staff is called that, title apart.
-- Accents are not told apart, whatever the collation of the tables: speech recognition does not hear them.
SELECT
    EXISTS (
        SELECT 1
        FROM staff AS member
        WHERE member.company_id = :company
          AND member.is_active = 1
          AND TRIM(member.name) COLLATE utf8mb4_unicode_ci = TRIM(REGEXP_REPLACE(
              REGEXP_REPLACE(
                  LOWER(:name), '^[\\s\\p{Cf}]*(unbekannt:[\\s\\p{Cf}]*)*((herr|frau|mr|mrs|ms)[.]?\\s+)?', ''
              ),
              '\\s+', ' '
          )) COLLATE utf8mb4_unicode_ci
    )
