"""Clients that go on asking whatever happens, and write down what they were told."""

import threading
import time
import uuid
from collections.abc import Sequence
from random import Random
from typing import Self

import httpx

from tests.faults.promised import ASKED_LATER, Promised
from tests.photographs import photograph

PHOTOS = [photograph(240, 180, seed=seed) for seed in range(10)]
_WORKERS = 4
_LONGEST_PAUSE_SECONDS = 0.2
_PATIENCE_SECONDS = 300
_CALLED_EVERY = 3
_MORE_EVERY = 3  # images that are done


class Load:
    """Uploads from several threads until it is left; singles that wait, others, and jobs.

    More is then asked of some that are done. Some have a callback, if there is a place that can be
    called.
    """

    def __init__(
        self, url: str, promised: Promised, random: Random, callbacks: str | None = None
    ) -> None:
        self._url = url
        self._callbacks = callbacks
        self._promised = promised
        self._leaving = threading.Event()
        self._completed: list[float] = []
        self._threads = [
            threading.Thread(target=self._upload_on, args=[Random(random.random())])
            for _ in range(_WORKERS)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        for thread in self._threads:
            thread.join()

    def await_completed(self, count: int = 1, *, since: float = 0) -> float:
        """Wait until so many images were answered as done after that moment; return when."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while len(done := [at for at in self._completed if at > since]) < count:
            assert time.monotonic() < deadline, "no image is completed any more"
            time.sleep(0.02)
        return done[count - 1]

    def _upload_on(self, random: Random) -> None:
        with httpx.Client(base_url=self._url, timeout=60, trust_env=False) as client:
            while not self._leaving.is_set():
                try:
                    self._upload(client, random)
                except httpx.TransportError:
                    self._promised.unanswered += 1
                self._leaving.wait(random.uniform(0, _LONGEST_PAUSE_SECONDS))

    def _upload(self, client: httpx.Client, random: Random) -> None:
        files = self._files(random)
        parts = [("file", (f"{number}.jpg", one)) for number, one in enumerate(files)]
        prefer = random.choice(["wait=5", "wait=5", "respond-async"])
        callback = self._callback(random)
        asked = {"callbackUrl": callback} if callback else {}
        answer = client.post("/upload", files=parts, data=asked, headers={"Prefer": prefer})
        self._promised.note(answer, files, callback)
        if answer.status_code == 200:
            self._completed.append(time.monotonic())
            if not random.randrange(_MORE_EVERY):
                self._ask_for_more(client, answer.json()["imageId"], random)

    def _ask_for_more(self, client: httpx.Client, image_id: str, random: Random) -> None:
        callback = self._callback(random)
        asked = {"imageId": image_id, "instructions": ASKED_LATER}
        if callback:
            asked["callbackUrl"] = callback
        answer = client.post("/process", json=asked, headers={"Prefer": "wait=5"})
        self._promised.note_more(answer, image_id, callback)

    def _callback(self, random: Random) -> str | None:
        if self._callbacks is None or random.randrange(_CALLED_EVERY):
            return None
        return f"{self._callbacks}/ok/{uuid.uuid4().hex}"  # of this upload alone, whatever the seed

    def _files(self, random: Random) -> Sequence[bytes]:
        return random.choices(PHOTOS, k=random.choice([1, 1, 1, 1, 2, 5]))
