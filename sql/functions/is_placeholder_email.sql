-- IS_PLACEHOLDER_EMAIL(email): an address that the source made up because it had none.
SELECT (:email REGEXP '^(customer_[0-9]+|calcom_[0-9a-z]+)@')
