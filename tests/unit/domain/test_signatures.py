"""Signatures, against the library that receivers verify them with."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from calotype_core.domain.signatures import new_secret, secret_issue, signed

keys = st.binary(min_size=24, max_size=64)
secrets = keys.map(lambda key: "whsec_" + base64.b64encode(key).decode())
bodies = st.text(st.characters(codec="utf-8"))
message_ids = st.from_regex(r"msg_[a-z2-7]{52}", fullmatch=True)
times = st.datetimes(min_value=datetime(1970, 1, 2), timezones=st.just(UTC))  # noqa: DTZ001
SECRET = new_secret(bytes(range(32)))


@given(secrets, message_ids, times, bodies)
def test_the_library_signs_alike(
    secret: str, message_id: str, timestamp: datetime, body: str
) -> None:
    """Whatever is signed, and whenever, the signature is the one that the library makes."""
    headers = signed([secret], message_id, timestamp, body)
    assert headers["webhook-signature"] == Webhook(secret).sign(message_id, timestamp, body)
    assert headers["webhook-timestamp"] == str(int(timestamp.timestamp()))
    assert headers["webhook-id"] == message_id


@given(st.lists(secrets, min_size=1, max_size=3), message_ids, bodies)
def test_each_secret_verifies(all_of_them: list[str], message_id: str, body: str) -> None:
    """Where several sign, as in a rotation, a receiver that knows one of them is content."""
    headers = dict(signed(all_of_them, message_id, datetime.now(UTC), body))
    for secret in all_of_them:
        Webhook(secret).verify(body, headers, json_parse=False)


def test_another_secret_does_not_verify() -> None:
    """Who does not have the secret cannot speak for us, nor change a letter."""
    headers = dict(signed([SECRET], "msg_1", datetime.now(UTC), "{}"))
    for receiver, body in ((Webhook(new_secret(bytes(32))), "{}"), (Webhook(SECRET), "[]")):
        with pytest.raises(WebhookVerificationError):
            receiver.verify(body, headers)


def test_the_example_of_the_standard() -> None:
    """The signature of a message that is written down does not change from version to version."""
    headers = signed(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        '{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.binary(min_size=32, max_size=32))
def test_a_new_secret_is_one(randomness: bytes) -> None:
    """What we make is what we take, and what the library takes."""
    secret = new_secret(randomness)
    assert secret_issue(secret) is None
    Webhook(secret)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_secret_has_all_its_randomness(size: int) -> None:
    """A secret is made of 32 bytes, and not of fewer by mistake."""
    with pytest.raises(ValueError, match=str(size)):
        new_secret(bytes(size))


@given(secrets)
def test_a_secret_of_24_to_64_bytes_is_right(secret: str) -> None:
    """Nothing is wrong with any secret that the standard allows."""
    assert secret_issue(secret) is None


@pytest.mark.parametrize(
    ("secret", "issue"),
    [
        ("", "begin with whsec_"),
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "begin with whsec_"),
        (" " + SECRET, "begin with whsec_"),
        ("whsec_", "has 0 bytes: expected 24 to 64"),
        ("whsec_c2hvcnQ=", "has 5 bytes: expected 24 to 64"),
        ("whsec_" + base64.b64encode(bytes(65)).decode(), "has 65 bytes: expected 24 to 64"),
        ("whsec_" + "A" * 100_000, "too long"),
        (SECRET.rstrip("="), "not base64"),
        (SECRET + "\n", "not base64"),
        ("whsec_ïïïïïïïï", "not base64"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La_-Sw", "not base64"),
    ],
)
def test_a_bad_secret_is_told_in_words(secret: str, issue: str) -> None:
    """What is wrong with a secret is said, and the secret is not."""
    told = secret_issue(secret)
    assert told is not None
    assert issue in told
    assert secret[7:] not in told or len(secret) < 8


@given(st.text(max_size=100).map("whsec_".__add__))
def test_any_secret(text: str) -> None:
    """Whatever is wrong is found before it is signed with."""
    if secret_issue(text) is None:
        signed([text], "msg_1", datetime.now(UTC), "{}")
