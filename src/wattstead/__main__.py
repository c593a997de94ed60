"""``python -m wattstead`` is ``wattstead``."""

from wattstead.cli import main

main()
