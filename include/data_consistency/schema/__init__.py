"""What we add to a schema and take away again: migrations, triggers, views, mappings, grants."""
