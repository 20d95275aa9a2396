"""Pages for people: the review queue and what stopped corrections. They know a visitor, and no orchestrator."""
