-- unlock_calcom_reading: the next reader may begin.
SELECT RELEASE_LOCK(CONCAT(LEFT(SHA2(DATABASE(), 256), 16), ':calcom:', :company_id)) AS unlocked
