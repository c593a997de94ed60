"""Exit statuses that no error of ours carries."""

INTERRUPTED = 130  # what shells give a program that Ctrl-C ended
