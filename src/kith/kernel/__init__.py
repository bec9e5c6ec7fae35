"""The kernel: what a business record is and how it is read and changed. It knows no business object and no page."""
