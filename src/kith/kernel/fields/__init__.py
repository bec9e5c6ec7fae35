"""Field types: how one value of each kind is read, kept, compared, shown. One file per type; ``base`` has the
contract.
"""
