-- ask_trigger_probe: have the trigger of the probe report; the caller takes the row back.
INSERT INTO consistency_trigger_probe (id) VALUES (CONNECTION_ID())
