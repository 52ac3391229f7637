import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.services.errors import ServicesError

# A broker says goodbye to its controller first; whoever takes longer than this is stuck.
_STOP_SECONDS = 30
_POLL_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """What to run, and what to add to our own environment for it."""

    argv: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Daemon:
    """A process that outlives its starter, known by the files that it leaves in its folder.

    It lives as long as its pid file is locked: the lock is handed down to it, and the system lets
    go of it with the process, whatever ends that. So no stranger who is given an old process id
    is ever taken for it, let alone stopped.
    """

    home: Path

    @property
    def log(self) -> Path:
        """Everything that it said, over all its starts."""
        return self.home / "log"

    def alive(self) -> bool:
        """Return whether it runs."""
        return _locked(self.home / "pid")

    def pid(self) -> int:
        """Return its process id, or the last one that it had."""
        return int((self.home / "pid").read_text())

    def start(self, command: Command) -> None:
        """Start it, in its folder and in a session of its own, so that no Ctrl-C here ends it."""
        with (self.home / "pid").open("a+") as pid_file, self.log.open("ab") as log:
            fcntl.flock(pid_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            process = subprocess.Popen(
                command.argv,
                cwd=self.home,
                env={**os.environ, **command.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[pid_file.fileno()],
            )
            pid_file.truncate(0)
            pid_file.write(f"{process.pid}\n")
        # It is to outlive us, and Popen would complain that nobody waited for it.
        process.returncode = 0

    def ask_to_stop(self) -> None:
        """Ask it to finish, and do not wait for that."""
        self._signal(signal.SIGTERM)

    def stop(self) -> None:
        """Ask it to finish; when it does not in time, end it. Done already is fine."""
        self.ask_to_stop()
        if not wait_for(lambda: not self.alive(), seconds=_STOP_SECONDS):
            self._signal(signal.SIGKILL)
            if not wait_for(lambda: not self.alive(), seconds=_STOP_SECONDS):
                raise ServicesError(f"process {self.pid()} ({self.home.name}) does not end")

    def last_words(self, lines: int = 30) -> str:
        """Return the end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _signal(self, number: signal.Signals) -> None:
        if self.alive():
            os.kill(self.pid(), number)


def output(argv: Sequence[str], *, seconds: float) -> str:
    """Run something short and return what it printed. Raises ServicesError with its complaint."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise ServicesError(f"`{argv[0]}` was not done in {seconds} s") from None
    if done.returncode:
        # Not its arguments: there may be passwords among them.
        raise ServicesError(f"`{argv[0]}` failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def wait_for(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Return whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _locked(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
