"""Tags for pages on which nobody is signed in, so that no context is at hand."""
