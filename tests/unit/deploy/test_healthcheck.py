from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from deploy.images import healthcheck


class _Answers(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("CALOTYPE_PORT", str(server.server_port))
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (404, 1)])
@pytest.mark.usefixtures("server")
def test_only_a_200_is_well(monkeypatch: pytest.MonkeyPatch, status: int, code: int) -> None:
    """A container is well where its process says so, and in no other case."""
    monkeypatch.setattr(_Answers, "status", status)
    assert healthcheck.main() == code


def test_nobody_there_is_not_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nobody listens, the engine's record says what came of the question."""
    monkeypatch.setenv("CALOTYPE_PORT", "1")
    assert healthcheck.main() == 1
    assert "refused" in capsys.readouterr().err
