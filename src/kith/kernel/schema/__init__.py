"""What the company's objects are: specs, the registry, and the immutable snapshot that every surface reads."""
