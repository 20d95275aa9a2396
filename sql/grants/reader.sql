-- reader: reports and pages. It reads, also live personal data in the source's tables, and writes nothing.
GRANT SELECT, SHOW VIEW ON :place.* TO :account;
