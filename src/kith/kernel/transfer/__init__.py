"""Import and export: files in any form to records and back, through ``records.read`` and ``records.change`` alone."""
