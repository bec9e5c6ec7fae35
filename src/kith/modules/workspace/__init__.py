"""The workspace itself, declared as objects: users, teams, roles, views, settings."""
