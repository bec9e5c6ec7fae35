"""Django's PostgreSQL back end; a connection is looked at for free before it is used again."""
