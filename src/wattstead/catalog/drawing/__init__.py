"""Drawings as SVG, made from data and rules, in every language: connectors, switches, wiring plans, topologies."""

from wattstead.catalog.drawing.sheets import draw, drawing_names, drawing_title

__all__ = ["draw", "drawing_names", "drawing_title"]
