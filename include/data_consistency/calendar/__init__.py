"""The calendar: how it is asked, read into the mirror, and compared with the rows."""
