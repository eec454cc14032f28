"""
Keeps a running edge in step with its configuration file.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from barbican.edge.config.report import ConfigError
from barbican.edge.config.watching import INTERVAL, Watch
from barbican.edge.state.store import StateError, StateFolder


async def follow(
    watch: Watch, folder: StateFolder, stop: asyncio.Event, write_line: Callable[[str], None]
) -> None:
    """Apply each change of the file until `stop` is set; the next request is decided by it."""
    follower = Follower(watch, folder)
    while not stop.is_set():
        # A thread, for whatever somebody writes into the file, nobody should wait until it is read.
        for sentence in await asyncio.to_thread(follower.step):
            write_line(sentence)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), INTERVAL)


@dataclass
class Follower:
    """Takes one look after the other, and says each thing once."""

    watch: Watch
    folder: StateFolder
    _is_due: bool = False  # a change could not be written yet
    _complaint: str = ""
    _is_refused: bool = False  # the file, as it was at the last look

    def step(self) -> list[str]:
        """Look once, and return what there is to say: nothing, unless the file has changed."""
        name = self.watch.name
        try:
            self._is_due = self.watch.look() or self._is_due
            if not self._is_due:
                return []
            is_new = self.folder.configure(self.watch.configuration, time.time())
        except ConfigError as error:
            self._is_due, self._is_refused = False, True
            return [*error.sentences(), f"{name} is not applied: the edge goes on as before."]
        except StateError as error:
            return self._once(f"{error} {name} is not applied yet.")
        was_refused, self._is_refused = self._is_refused, False
        self._is_due, self._complaint = False, ""
        if is_new:
            return [f"{name} has changed: the edge goes by it from now on."]
        return [f"{name} is sound again, and says what it said before."] if was_refused else []

    def _once(self, sentence: str) -> list[str]:
        if sentence == self._complaint:
            return []
        self._complaint = sentence
        return [sentence]
