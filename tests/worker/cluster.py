"""A PostgreSQL of our own, on a disk that is as small as we like: to restart it, and to fill it."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: Bytes of the disk: what a cluster and the tables of the site take, and room for a few more.
SIZE = 256 * 1024 * 1024

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def find_tool(name: str) -> str:
    """Return the path of one of the server's tools; Debian keeps them out of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    path = str(found[-1]) if found else shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def as_postgres(*command: str) -> list[str]:
    """The server refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


class Cluster:
    """A cluster in ``folder``, which is a file system of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def filler(self) -> Path:
        return self.folder / "filler"

    def create(self) -> None:
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--wal-segsize=1"]
        data = ["-D", str(self.folder / "data")]
        subprocess.run(as_postgres(find_tool("initdb"), *data, *options), check=True, **QUIET)

    def start(self) -> None:
        """Start it, or recover it: what was committed is there."""
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
            " -c max_connections=60 -c min_wal_size=2MB -c max_wal_size=16MB -c autovacuum=off"
        )
        log = ["-l", str(self.folder / "log"), "-o", options]
        self._control("start", "-w", *log)

    def stop(self) -> None:
        """Stop it without a checkpoint, as a power cut would. One that is down stays down."""
        self._control("stop", "-m", "immediate", "-w", check=False)

    def restart(self) -> None:
        self.stop()
        self.start()

    def fill_the_disk(self) -> None:
        """Leave not a byte."""
        with self.filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 65536)
            except OSError:
                pass
        assert shutil.disk_usage(self.folder).free < 65536

    def make_room(self) -> None:
        self.filler.unlink(missing_ok=True)

    def _control(self, *words: str, check: bool = True) -> None:
        command = [find_tool("pg_ctl"), "-D", str(self.folder / "data"), *words]
        subprocess.run(as_postgres(*command), check=check, cwd="/", timeout=120, **QUIET)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Return a new cluster on a small disk in memory; skips where no disk can be made."""
    folder = Path(tempfile.mkdtemp(prefix="licensing-cluster-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, **QUIET).returncode:
        folder.rmdir()
        pytest.skip("only root can make a disk that is small enough to fill")
    cluster = Cluster(folder)
    try:
        shutil.chown(folder, "postgres")
        cluster.create()
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        subprocess.run(["umount", "-l", str(folder)], check=False, **QUIET)
        folder.rmdir()
