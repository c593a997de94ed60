"""Settings of a device: read, compare, check, write as a whole, bring back."""
