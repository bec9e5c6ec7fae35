"""What an actor may do: roles, row branches, field masks, and why. Everything readable or writable passes
through here.
"""
