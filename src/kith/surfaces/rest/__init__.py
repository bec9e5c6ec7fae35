"""REST under /api/v1: one program for every object of the schema. It knows no object by name."""
