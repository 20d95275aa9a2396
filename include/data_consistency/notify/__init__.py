"""Messages to people: one message record, rendered and delivered by channels."""
