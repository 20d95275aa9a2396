"""The daily report: figures from the ledger, written as one page beside the data docs."""
