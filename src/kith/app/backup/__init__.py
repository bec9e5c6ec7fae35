"""Backups: one archive with the whole company, made while the site runs, and put back on any of the databases."""
