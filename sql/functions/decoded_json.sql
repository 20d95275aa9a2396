-- DECODED_JSON(document): a JSON document that may have been stored as a JSON text within JSON; NULL when it is neither.
SELECT IF(JSON_VALID(JSON_UNQUOTE(:document)), JSON_UNQUOTE(:document), NULL)
