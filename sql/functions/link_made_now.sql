-- LINK_MADE_NOW(status, method, confidence): a link that a trigger judged, with the time of its statement, to know it again.
SELECT CONCAT_WS(' ', NOW(6), :status, COALESCE(:method, '-'), COALESCE(:confidence, '-'))
