"""Joins the parts: the one place that knows everybody."""
