"""The kit: small pure modules, each a noun. They know no database, no settings and no request."""
