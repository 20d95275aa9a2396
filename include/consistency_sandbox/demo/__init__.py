"""A bad morning, found and corrected by a real scheduler."""
