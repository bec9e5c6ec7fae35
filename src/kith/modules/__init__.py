"""The business: one folder per module, one file per business object. Modules import ``kith.api`` and never each
other.
"""
