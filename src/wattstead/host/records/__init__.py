"""What a device has recorded itself, and what we saw: read, kept for ever, told once."""
