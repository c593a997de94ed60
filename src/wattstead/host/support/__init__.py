"""All that a device says in one file, with what is private taken out of it."""
