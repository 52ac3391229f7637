import os
import sys
from pathlib import Path

import pytest

from deploy.services import install, kafka, plan
from deploy.services.cluster import Cluster
from deploy.services.errors import ServicesError
from deploy.services.process import Command, Daemon, output, wait_for


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


def sleeper(word: str = "") -> Command:
    code = "import os, time; print(os.environ['WORD'], flush=True); time.sleep(600)"
    return Command(argv=(sys.executable, "-c", code), environ={"WORD": word})


def test_a_daemon_lives_until_it_is_stopped(daemon: Daemon) -> None:
    """It runs with the environment that it was given, writes its log, and ends when asked to."""
    daemon.start(sleeper("grain"))
    try:
        assert daemon.alive()
        assert wait_for(lambda: daemon.last_words() == "grain", seconds=30)
    finally:
        daemon.stop()
    assert not daemon.alive()


def test_a_daemon_is_not_started_twice(daemon: Daemon) -> None:
    """While it lives another start is refused, and its process id stays on record."""
    daemon.start(sleeper())
    try:
        pid = daemon.pid()
        with pytest.raises(BlockingIOError):
            daemon.start(sleeper())
        assert daemon.pid() == pid
    finally:
        daemon.stop()


def test_a_stranger_with_an_old_process_id_is_left_alone(daemon: Daemon) -> None:
    """What a dead daemon's pid file names is neither taken for it nor stopped."""
    (daemon.home / "pid").write_text(f"{os.getpid()}\n")
    assert not daemon.alive()
    daemon.stop()


def test_what_fails_says_why_and_no_more() -> None:
    """A failure carries what the program said, and nothing of its arguments."""
    with pytest.raises(ServicesError, match="no light") as caught:
        output((sys.executable, "-c", "import sys; sys.exit('no light')", "secret"), seconds=30)
    assert "secret" not in str(caught.value)


def test_a_build_that_was_cut_short_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed build left behind is swept away; a finished one is used as it is."""
    monkeypatch.setenv("CALOTYPE_SERVICES_CACHE", str(tmp_path))

    def cut_short(into: Path) -> None:
        (into / "half").touch()
        raise KeyboardInterrupt

    def whole(into: Path) -> None:
        (into / "all").touch()

    with pytest.raises(KeyboardInterrupt):
        install.built("plate", recipe="1", build=cut_short)
    folder = install.built("plate", recipe="1", build=whole)
    assert not (folder / "half").exists()
    assert install.built("plate", recipe="1", build=cut_short) == folder
    assert install.built("plate", recipe="2", build=whole) != folder


def test_a_plan_is_kept_for_its_owner(tmp_path: Path) -> None:
    """Ports and passwords come back as they were drawn, and only their owner may read them."""
    drawn = plan.draw(["mongo"])
    path = tmp_path / "state" / "plan.json"
    plan.save(drawn, path)
    kept = plan.load(path)
    assert kept is not None
    assert (kept.ports, kept.passwords) == (drawn.ports, drawn.passwords)
    assert list(kept.containers) == ["mongo"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_each_plan_is_a_new_one(tmp_path: Path) -> None:
    """No two plans share a password, and no two listeners a port."""
    first, second = plan.draw([]), plan.draw([])
    assert not set(first.passwords.values()) & set(second.passwords.values())
    assert len(set(first.ports.values())) == len(first.ports)
    assert plan.load(tmp_path / "nothing") is None


def test_a_plan_of_another_version_is_refused(tmp_path: Path) -> None:
    """A plan that cannot be read says which command helps."""
    path = tmp_path / "plan.json"
    path.write_text('{"ports": {}}')
    with pytest.raises(ServicesError, match="make services-down"):
        plan.load(path)


def test_the_broker_says_where_it_listens() -> None:
    """Clients are sent to the addresses that it listens at, and only one is for its controller."""
    ports = {"kafka": 1, "kafka_sasl": 2, "kafka_controller": 3}
    lines = kafka.properties(ports, Path("/home")).splitlines()
    public = "PLAINTEXT://127.0.0.1:1,SASL_SSL://127.0.0.1:2"
    assert f"advertised.listeners={public}" in lines
    assert f"listeners={public},CONTROLLER://127.0.0.1:3" in lines


def test_without_servers_the_way_to_them_is_told(tmp_path: Path) -> None:
    """Starting one server where none were set up names the command; taking none down is fine."""
    cluster = Cluster(tmp_path / "state")
    with pytest.raises(ServicesError, match="make services-up"):
        cluster.start("kafka")
    cluster.down()
