"""A demo as a person starts it: processes, ports, a folder of data. Nothing is shared with the suite."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Demo:
    """A running ``python -m example_site``: its process, what it prints, its address."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "example_site", "--data", str(folder), *arguments],
            cwd=ROOT,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait(self, pattern: str, seconds: float = 180) -> re.Match[str]:
        """Wait for a line that fits ``pattern``; fail with all that was printed if none comes."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := re.search(pattern, self.output, re.MULTILINE):
                return found
            if self.process.poll() is not None:
                self.reader.join(5)
                if found := re.search(pattern, self.output, re.MULTILINE):
                    return found
                break
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} did not come:\n{self.output}")

    @property
    def url(self) -> str:
        return self.wait(r"^ +(http://127\.0\.0\.1:\d+/)$")[1]

    @property
    def simulator_url(self) -> str:
        return self.wait(r"^Stripe simulator: (http://\S+)")[1]

    def stop(self) -> int:
        """End it as Ctrl-C's sibling does, and return the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        code = self.process.wait()
        self.reader.join(5)
        assert self.process.stdout
        self.process.stdout.close()
        return code


def clean_environment() -> dict[str, str]:
    """The environment without the suite's own settings."""
    mine = ("DJANGO_", "WAGTAIL_LICENSING_", "COV_", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(mine)}


@pytest.fixture(scope="session")
def seeded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a demo, created once for all workers of a run, and never served."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder = base / "seeded-demo"
    with (base / "seeded-demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "seeded.json").exists():
            seed(folder)
    return folder


def seed(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "example_site", "seed", "--data", str(folder)],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def start_demo(seeded_folder: Path, tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """A function that starts a demo on a copy of the seeded data; all are stopped afterwards."""
    demos: list[Demo] = []

    def start(*arguments: str, folder: Path | None = None) -> Demo:
        if folder is None:
            folder = tmp_path / f"data-{len(demos)}"
            shutil.copytree(seeded_folder, folder)
        demos.append(Demo(folder, *arguments))
        return demos[-1]

    yield start
    for demo in demos:
        demo.stop()
