"""Firmware images for our own boot loaders."""
