-- HAS_PHASES(appointment): whether an appointment is divided into phases.
SELECT
    EXISTS (
        SELECT 1
        FROM appointment_phases AS phase
        WHERE phase.appointment_id = :appointment
    )
