"""Where the demo keeps its data: a folder beside the checkout, or the one that was asked for."""

import json
import os
from pathlib import Path
from typing import Any

VARIABLE = "WAGTAIL_LICENSING_DEMO_DIR"


def data_dir() -> Path:
    """Return the folder of the demo's data, absolute; it need not exist yet."""
    named = os.environ.get(VARIABLE)
    return Path(named).resolve() if named else Path(__file__).resolve().parent.parent / ".demo"


def read_json(name: str) -> dict[str, Any]:
    """Return the contents of a JSON file of the data folder, empty if it is absent or half written."""
    try:
        data = json.loads((data_dir() / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def write_json(name: str, data: dict[str, Any]) -> None:
    """Replace a JSON file of the data folder in one step, readable by its owner alone."""
    folder = data_dir()
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{name}.{os.getpid()}.new"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(data, indent=2), encoding="utf-8")
    draft.replace(folder / name)
