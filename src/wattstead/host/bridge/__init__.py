"""Packs of any make as one battery for an inverter."""
