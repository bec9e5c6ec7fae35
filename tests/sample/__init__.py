"""A module of the test run with one object, as a plugin would bring it: one file, no migration."""
