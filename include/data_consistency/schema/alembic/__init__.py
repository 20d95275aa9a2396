"""Alembic runs the SQL files of sql/migrations/."""
