-- NAME_IS_PERSONA(name): a first name that the voice agent goes by; customers may be called the same.
SELECT
    (TRIM(:name) IN (
        'Tina', 'Lisa', 'Anna', 'Maria', 'Sophie', 'Julia', 'Emma', 'Max', 'Tom', 'Paul', 'Felix', 'Leon', 'Lukas', 'Jonas'
    ))
