"""Where SMS leave: a gateway, of which there is one, a folder that a provider's program, or a person, empties."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

LONGEST = 480  # characters: three SMS at most, whatever their alphabet


class SmsGateway(Protocol):
    """Takes an SMS to its recipient."""

    def send(self, reference: str, number: str, text: str) -> None:
        """Hand over one SMS: a number in E.164, a text. The same `reference` is the same SMS. Raises OSError."""


class FileDrop:
    """Leaves each SMS as a JSON file of a folder, named by its reference: sent twice, it lies there once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, reference: str, number: str, text: str) -> None:
        """Whole or not at all: whoever empties the folder takes `*.json`, and never half a file. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        said = json.dumps({"reference": reference, "to": number, "text": text}, ensure_ascii=False)
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(said)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, self.folder / f"{reference}.json")


def gateway(config: Mapping[str, Any], beside: str) -> SmsGateway:
    """This application's: a folder `sms` of its data, or `beside` a host's own files."""
    return FileDrop(folder_of(config, beside))


def folder_of(config: Mapping[str, Any], beside: str) -> Path:
    """Where the SMS of an application lie until somebody takes them."""
    return Path(config.get("JALON_DATA_DIR") or Path(beside) / "jalon") / "sms"
