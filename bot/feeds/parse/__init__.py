"""Parse: what a body says, read in a child process."""
