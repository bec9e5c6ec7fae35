"""Finding records by words: one document a record, three full-text engines behind one ``match``."""
