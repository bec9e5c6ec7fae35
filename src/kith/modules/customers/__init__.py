"""Customers: companies, contacts, what they need, what they agreed to."""
