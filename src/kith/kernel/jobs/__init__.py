"""Durable jobs: a row written in the caller's transaction, claimed under a lease, retried, parked when it cannot be
done.
"""
