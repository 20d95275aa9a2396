-- consistency_call_display: what a page shows of each call's caller, in one order of names; live personal data.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW consistency_call_display AS
SELECT
    v.call_id AS call_id,
    v.company_id AS company_id,
    CASE
        WHEN v.shows_customer = 1 THEN TRIM(REGEXP_REPLACE(v.profile_name, '\\s+', ' '))
        WHEN v.shows_spoken_name = 1 THEN TRIM(REGEXP_REPLACE(v.spoken_name, '\\s+', ' '))
        WHEN v.number_is_suppressed = 1 THEN 'Anonym'
        ELSE 'Unbekannt'
    END AS caller_name,
    CASE
        WHEN v.shows_customer = 1 THEN IF(v.link_status = 'linked', 'profile', 'unverified')
        WHEN v.shows_spoken_name = 1
            THEN IF(v.name_is_verified = 1 AND v.number_is_suppressed = 0, 'known_number', 'unverified')
        ELSE 'nobody'
    END AS caller_mark,
    IF(v.number_is_suppressed = 1, 'Anonyme Nummer', TRIM(REGEXP_REPLACE(v.number, '\\s+', ' '))) AS number_text,
    IF(v.number_is_suppressed = 1, 'Nicht übertragen', TRIM(REGEXP_REPLACE(v.number, '\\s+', ' '))) AS number_text_in_list,
    v.number_is_suppressed = 0 AS number_is_copyable,
    CASE v.link_status
        WHEN 'linked' THEN '✓ Verknüpft'
        WHEN 'pending_review' THEN '⏳ Prüfung'
        WHEN 'name_only' THEN '⚠ Nur Name'
        WHEN 'anonymous' THEN '👤 Anonym'
        WHEN 'failed' THEN '✗ Fehler'
        ELSE '○ Nicht verknüpft'
    END AS link_badge,
    CASE
        WHEN v.link_status IN ('linked', 'pending_review') AND v.link_confidence BETWEEN 0 AND 100
            THEN CONCAT(ROUND(v.link_confidence), '% Übereinstimmung')
        WHEN v.link_status = 'linked' THEN 'Verifizierter Kunde mit Kundenprofil'
    END AS link_tooltip,
    CASE v.link_method
        WHEN 'phone_match' THEN '📞 Telefon'
        WHEN 'name_match' THEN '📝 Name'
        WHEN 'manual_link' THEN '👤 Manuell'
        WHEN 'ai_match' THEN '🤖 KI'
        WHEN 'appointment_link' THEN '📅 Termin'
        WHEN 'auto_created' THEN '🆕 Neu erstellt'
    END AS link_method_text
FROM (
    SELECT
        c.id AS call_id,
        c.company_id AS company_id,
        -- a customer of another company, a deleted one or one whose match failed is not shown
        (
            customer.id IS NOT NULL
            AND COALESCE(c.customer_link_status, '') <> 'failed'
            AND NOT NAME_IS_NONE(customer.name)
        ) AS shows_customer,
        customer.name AS profile_name,
        NOT NAME_IS_NONE(c.customer_name) AS shows_spoken_name,
        c.customer_name AS spoken_name,
        COALESCE(c.customer_name_verified, 0) AS name_is_verified,
        -- of an outbound call it is the number that was called, never ours
        IF(c.direction = 'outbound', c.to_number, c.from_number) AS number,
        IS_SUPPRESSED(IF(c.direction = 'outbound', c.to_number, c.from_number)) AS number_is_suppressed,
        c.customer_link_status AS link_status,
        c.customer_link_confidence AS link_confidence,
        c.customer_link_method AS link_method
    FROM calls AS c
    LEFT JOIN customers AS customer
        ON customer.id = c.customer_id AND customer.company_id = c.company_id AND customer.deleted_at IS NULL
    WHERE c.deleted_at IS NULL
) AS v
