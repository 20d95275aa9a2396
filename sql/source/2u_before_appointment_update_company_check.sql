-- before_appointment_update_company_check: the source's own guard; an appointment belongs to its customer's tenant.
CREATE TRIGGER before_appointment_update_company_check
BEFORE UPDATE ON appointments
FOR EACH ROW
BEGIN
    IF NEW.customer_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM customers AS u
        WHERE u.id = NEW.customer_id AND u.company_id <> NEW.company_id
    ) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'appointment and customer belong to different companies';
    END IF;
END
