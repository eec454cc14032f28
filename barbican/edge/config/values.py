"""
What a valid configuration file says, as frozen values.

Nothing secret is in it. Client IDs, Client Secrets, AUD tags and IDs are made when it is applied
and live in the state folder: until then every ID is still a name.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from barbican.edge.organisation import records
from barbican.edge.organisation.model import Organisation


@dataclass(frozen=True, slots=True)
class ServiceTokenEntry:
    """A service token as the file asks for it."""

    name: str
    duration: str
    expires_at: float | None  # Unix seconds; None follows from the duration
    is_enabled: bool


@dataclass(frozen=True, slots=True)
class Configuration:
    """The organisation; its service tokens stand apart, as their secrets are in no file."""

    organisation: Organisation
    service_tokens: tuple[ServiceTokenEntry, ...]
    files: tuple[Path, ...]  # all that were read

    @property
    def digest(self) -> str:
        """A fingerprint of what the file means: a changed comment leaves it alone."""
        meaning = records.dump(self.organisation)
        meaning["service_tokens"] = [asdict(each) for each in self.service_tokens]
        return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()
