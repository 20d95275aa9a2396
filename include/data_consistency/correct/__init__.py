"""Corrections: what is proposed, what may be written, how it is written, audited and taken back."""
