"""Where answers go whose reader may go away before their end (head, less)."""

from rich.console import Console


class Answers(Console):
    """A console that leaves a broken pipe to ``wattstead.cli.main``: that is no fault, and Rich would make it one."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError
