"""
The local edge's state folder: its signing keys and its organisation, for their owner alone.

`keys.json`, `organisation.json`, `api.json`, and in `applied.json` what of it came from the
configuration file. Nothing in the folder belongs into a repository.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from barbican.edge.config.loading import load
from barbican.edge.config.report import ConfigError
from barbican.edge.config.values import Configuration
from barbican.edge.organisation import records
from barbican.edge.organisation.applying import NOTHING, Applied, apply
from barbican.edge.organisation.model import Organisation
from barbican.edge.state import private_files
from barbican.edge.state.contents import (
    IGNORE_FILE,
    IGNORED,
    KEYS_FILE,
    ORGANISATION_FILE,
    is_mark,
    is_named_like_a_mark,
    is_state,
    stranger,
)
from barbican.edge.tokens.issuer import Issuer
from barbican.edge.tokens.keys import KeyPair, SigningKey

API_FILE = "api.json"
APPLIED_FILE = "applied.json"
FORMAT = 1  # of both files; a folder of another format is refused, never guessed at

_APPLIED_LISTS = ("people", "certificate_forwarding")

Stamp = tuple[tuple[int, int, int], ...]


class StateError(Exception):
    """The state folder cannot be used. The message says what to do."""


@dataclass(frozen=True, slots=True)
class State:
    """What the folder held at one moment."""

    organisation: Organisation
    keys: KeyPair


class StateFolder:
    """The folder on disk. `state()` is read again whenever a file in it changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: tuple[Stamp, State] | None = None

    def state(self) -> State:
        """Return what the folder holds now. Raises `StateError` when it cannot be read."""
        stamp = self._stamp()
        if self._held is None or self._held[0] != stamp:
            self._held = (stamp, self._read())
        return self._held[1]

    def last_state(self) -> State | None:
        """Return what was read last, whatever became of the folder since."""
        return self._held[1] if self._held else None

    def change(self, function: Callable[[Organisation], Organisation]) -> Organisation:
        """
        Replace the organisation by what `function` makes of it, and return that.

        Nobody else changes the folder meanwhile. Whatever `function` raises leaves all as it was.
        """
        with self._alone():
            changed = function(self._read_organisation())
            self.write_organisation(changed)
        return changed

    def configure(self, configuration: Configuration, now: float) -> bool:
        """Apply the configuration, unless it is what was applied last. Say whether it was done."""
        with self._alone():
            last = self._applied()
            exists = (self.folder / ORGANISATION_FILE).exists()
            if exists and last.digest == configuration.digest:
                return False
            before = self._read_organisation() if exists else None
            organisation, applied = apply(configuration, before, last, now)
            # In this order: a crash in between applies the same once more, which changes nothing.
            self.write_organisation(organisation)
            self._write(APPLIED_FILE, asdict(applied))
        return True

    def write_organisation(self, organisation: Organisation) -> None:
        self._write(ORGANISATION_FILE, records.dump(organisation))

    def write_keys(self, keys: KeyPair, now: float | None = None) -> None:
        pair = {"current": keys.current.dump(), "previous": keys.previous.dump()}
        self._write(KEYS_FILE, {"rotated_at": time.time() if now is None else now, **pair})

    def keys_rotated_at(self) -> float:
        """Return when the signing keys were made or rotated, in Unix seconds."""
        found = self._load(KEYS_FILE).get("rotated_at")
        if isinstance(found, int | float):
            return float(found)
        return (self.folder / KEYS_FILE).stat().st_mtime  # earlier versions wrote no time

    def api_credentials(self) -> tuple[str, str]:
        """Return account ID and API token of the management API, made at the first call."""
        path = self.folder / API_FILE
        if not path.exists():
            made = {"account_id": secrets.token_hex(16), "api_token": secrets.token_urlsafe(30)}
            self._write(API_FILE, made)
        content = self._load(API_FILE)
        try:
            return str(content["account_id"]), str(content["api_token"])
        except KeyError as error:
            raise self._broken(API_FILE) from error

    def rotate_keys(self, now: float | None = None, *, at_age: float = 0.0) -> KeyPair:
        """
        Make a new current key and return both. A running edge signs with it at once.

        Keys younger than `at_age` seconds stay: somebody else has rotated them just before.
        """
        now = time.time() if now is None else now
        with self._alone():
            keys = self._read_keys()
            if not at_age or now - self.keys_rotated_at() >= at_age:
                keys = keys.rotated()
                self.write_keys(keys, now)
        return keys

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the folder's lock, which threads and processes wait for alike."""
        try:
            handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise StateError(f"Cannot read the state folder {self.folder}.") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        text = json.dumps({"format": FORMAT, **content}, indent=2) + "\n"
        path = self.folder / name
        try:
            private_files.write(path, text)
        except OSError as error:
            why = error.strerror or "it failed"
            raise StateError(f"Cannot write {path}: {why}. What was there is unchanged.") from error

    def _read(self) -> State:
        return State(self._read_organisation(), self._read_keys())

    def _read_organisation(self) -> Organisation:
        content = self._load(ORGANISATION_FILE)
        try:
            return records.load(content)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._broken(ORGANISATION_FILE) from error

    def _applied(self) -> Applied:
        if not (self.folder / APPLIED_FILE).exists():
            return NOTHING  # a folder from before there was a configuration file, or a new one
        content = self._load(APPLIED_FILE)
        content.pop("format")
        try:
            lists = {name: tuple(content[name]) for name in _APPLIED_LISTS}
            return Applied(**{**content, **lists})
        except (KeyError, TypeError) as error:
            raise self._broken(APPLIED_FILE) from error

    def _read_keys(self) -> KeyPair:
        content = self._load(KEYS_FILE)
        try:
            pair = (SigningKey.load(content[name]) for name in ("current", "previous"))
            return KeyPair(*pair)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._broken(KEYS_FILE) from error

    def _load(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            why = error.strerror or "it cannot be opened"
            raise StateError(f"Cannot read {path}: {why}.") from error
        except (ValueError, RecursionError) as error:
            raise self._broken(name) from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise self._broken(name)
        return content

    def _broken(self, name: str) -> StateError:
        path = self.folder / name
        if name == APPLIED_FILE:
            return StateError(
                f"{path} is damaged: delete it and start again; nothing else is lost."
            )
        if not is_state(self.folder):
            return _unknown(path)
        return StateError(
            f"{path} is damaged: delete the folder {self.folder} and start again (`manage.py"
            " reset_edge` does the first); new keys and service tokens are made."
        )

    def check(self) -> None:
        """Raise `StateError` where keys or organisation are there and cannot be used."""
        for name, read in (
            (KEYS_FILE, self._read_keys),
            (ORGANISATION_FILE, self._read_organisation),
        ):
            if (self.folder / name).exists():
                read()

    def _stamp(self) -> Stamp:
        try:
            found = [(self.folder / name).stat() for name in (KEYS_FILE, ORGANISATION_FILE)]
        except OSError as error:
            raise StateError(f"Cannot read the state folder {self.folder}.") from error
        # The inode too: a replaced file is another one, also within the clock's resolution.
        return tuple((each.st_mtime_ns, each.st_ino, each.st_size) for each in found)


def open_or_create(
    folder: Path, *, base_domain: str = "localhost", configuration: Configuration | None = None
) -> StateFolder:
    """
    Return the state folder, with keys where there are none, and the configuration applied.

    Without a configuration it is the shipped one, for this domain. Raises `StateError` when the
    folder is damaged or cannot be written.
    """
    found = StateFolder(folder)
    now = time.time()
    try:
        configuration = configuration or load(base_domain=base_domain)
        _make(found)
        private_files.sweep(folder, now)
    except ConfigError as error:
        raise StateError(str(error)) from error
    except OSError as error:
        raise unusable(folder, error) from error
    if not (folder / KEYS_FILE).exists():
        found.write_keys(KeyPair.make())
    found.configure(configuration, now)
    found.state()
    return found


def _make(found: StateFolder) -> None:
    """Make the folder for its owner alone; a new one tells Git to leave it alone."""
    folder = found.folder
    if other := stranger(folder):
        if is_named_like_a_mark(other):
            raise _unknown(other)
        raise StateError(
            f"{folder} holds {other.name!r}, which is not the edge's: name a new or an empty folder"
            " with --state. Nothing was changed."
        )
    found.check()  # a folder that is damaged stays as it is
    private_files.make_folder(folder)
    if not any(map(is_mark, folder.iterdir())):
        private_files.write(folder / IGNORE_FILE, IGNORED)


def _unknown(path: Path) -> StateError:
    """Return what is said of a file with a name of the edge's, in a folder that is perhaps not."""
    return StateError(
        f"{path} is damaged, or not the edge's: name a new or an empty folder with --state, or"
        f" delete {path.parent} yourself if you are sure that it is an edge's. Nothing was changed."
    )


def unusable(folder: Path, error: OSError) -> StateError:
    why = error.strerror or "it cannot be written"
    return StateError(f"Cannot use the state folder {folder}: {why}.")


def origin_environment(organisation: Organisation, issuer: Issuer) -> dict[str, str]:
    """Return the settings with which an origin believes this edge. No secret is among them."""
    return {
        "BASE_DOMAIN": organisation.base_domain,
        "ACCESS_TEAM_DOMAIN": issuer.origin,
        "ACCESS_LOCAL_EDGE": "true",
        "SERVICE_TOKEN_AUD": ",".join(_audience_tags(organisation)),
    }


def _audience_tags(organisation: Organisation) -> list[str]:
    """Return the AUD tags in front of the service-token demo, by path and by subdomain."""
    domain = organisation.base_domain
    places = ((domain, "/service-token/"), (f"service-token.{domain}", "/"))
    found = [hit[0].aud for place in places if (hit := organisation.find(*place))]
    return list(dict.fromkeys(found))
