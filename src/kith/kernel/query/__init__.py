"""One grammar for every condition: list filters, REST, segments, roles, workflows. Parsed here, compiled to Q here."""
