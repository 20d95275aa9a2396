-- lock_calcom_reading: one reader of a company's calendar at a time; the lock ends with its connection, however that ends.
SELECT GET_LOCK(CONCAT(LEFT(SHA2(DATABASE(), 256), 16), ':calcom:', :company_id), 0) AS locked
