"""Detection: which rows are looked at, what they violate, what cannot be judged and why."""
