"""The device's end of a line: ``link.answering``, under the name by which virtual devices know it."""

from wattstead.link.answering import Answers, serve

__all__ = ["Answers", "serve"]
