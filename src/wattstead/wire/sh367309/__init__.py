"""The SH367309, an analogue front end for 5 to 16 cells: its memory, its registers, and the two wires to it.

Facts: its data sheet CV1.2A. Which of the settings of a BMS it keeps, and in which steps, stands in ``eeprom.py``.
"""
