"""Long and timed runs. Never part of the test run: nothing here may fail because a machine is slow."""
