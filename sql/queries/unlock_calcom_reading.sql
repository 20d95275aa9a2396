-- unlock_calcom_reading: the next reader may begin.
SELECT RELEASE_LOCK(CONCAT(LEFT(MD5(DATABASE()), 16), ':calcom:', :company_id)) AS unlocked
