"""Open software for home battery storage."""
