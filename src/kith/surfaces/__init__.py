"""Surfaces: the ways in. Each is one generic program over the schema; none knows a business object."""
