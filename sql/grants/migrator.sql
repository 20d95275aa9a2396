-- migrator: `consistency migrate`, `rollback`, `triggers`, `mapping` and `audit prune`; needed while they run and at no other
-- time. What it makes stays when it goes: triggers act as the definer, see `consistency grants definer`. To name that account as
-- theirs takes a right of the whole server; each server reads its own line of the two, older ones of MySQL want SET_USER_ID there.
GRANT ALL PRIVILEGES ON :place.* TO :account;

/*M!100502 GRANT SET USER ON *.* TO :account */;

/*!80200 GRANT SET_ANY_DEFINER ON *.* TO :account */;
