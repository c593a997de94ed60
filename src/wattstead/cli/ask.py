"""Asking the person before the terminal: questions stand on standard error, the line goes on being served meanwhile."""

import asyncio
import sys
from functools import partial

import typer

from wattstead.catalog.sentences import in_words
from wattstead.catalog.shown import word


def somebody(*, quiet: bool) -> bool:
    """Whether there is anybody to be asked. quiet: the answers go to a program."""
    return sys.stdin.isatty() and not quiet


async def typed(question: str) -> str:
    """Let the person type something."""
    prompt = partial(typer.prompt, question, default="", show_default=False, err=True)
    return str(await asyncio.to_thread(prompt)).strip()


async def agrees(question: str) -> bool:
    """Let the person say yes or no."""
    return bool(await asyncio.to_thread(partial(typer.confirm, question, err=True)))


async def confirmed_by_name(name: str, text: str, lang: str) -> bool:
    """Say what is dangerous, and whether the person typed its name."""
    question = f"{in_words(text, lang)}\n{word('type_to_confirm', lang).format(name=name)}"
    return await typed(question) == name
