"""Interactions: what is said to and heard from customers."""
