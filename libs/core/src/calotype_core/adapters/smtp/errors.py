"""What a mail server and the way to it answer, told as our own errors; a password is in none.

NotTakenError
├── SmtpUnreachableError        no answer came
├── SmtpNotEncryptedError       the encryption that is asked for cannot be had
├── SmtpBadCredentialsError     the server does not let us in
├── SmtpDeferredError           4xx: not now
└── SmtpRefusedError            5xx: not this letter, however often it is sent
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from calotype_core.adapters.smtp.settings import SmtpSettings
from calotype_core.ports.channel import Answer, NotTakenError, excerpt

_PERMANENT = 500


class SmtpUnreachableError(NotTakenError):
    """The mail server cannot be reached, keeps silent, or broke the connection off."""

    code = "smtp_unreachable"


class SmtpNotEncryptedError(NotTakenError):
    """The mail server offers no encryption, or no certificate that is trusted; nothing was sent."""

    code = "smtp_not_encrypted"


class SmtpBadCredentialsError(NotTakenError):
    """The mail server does not take the name and password."""

    code = "smtp_bad_credentials"


class SmtpDeferredError(NotTakenError):
    """The mail server does not take the letter just now."""

    code = "smtp_deferred"


class SmtpRefusedError(NotTakenError):
    """The mail server does not take the letter, and will not take it as it is."""

    code = "smtp_refused"
    retry = False


@contextmanager
def smtp_errors(settings: SmtpSettings) -> Iterator[None]:
    """Tell the errors of the library and of the way to the server as the port has them."""
    server = f"The mail server at {settings.smtp_host}:{settings.port}"
    try:
        yield
    except SMTPRecipientsRefused as error:
        raise _refused(server, min(error.recipients, key=lambda one: one.code)) from error
    except SMTPAuthenticationError as error:
        # What it says of a login is not quoted: it may tell more of it than is ours to tell.
        raise SmtpBadCredentialsError(
            f"{server} does not let us in ({error.code}): look at CALOTYPE_SMTP_USER and"
            " CALOTYPE_SMTP_PASSWORD.",
            answer=Answer(text=str(error.code)),
        ) from None
    except SMTPResponseException as error:
        raise _refused(server, error) from error
    except (SMTPException, OSError) as error:  # a TimeoutError is an OSError, too
        raise _away(server, error, settings) from error


def _refused(server: str, error: SMTPResponseException) -> NotTakenError:
    said = excerpt(f"{error.code} {error.message}")
    answer = Answer(text=said)
    if error.code < _PERMANENT:
        return SmtpDeferredError(
            f"{server} does not take the letter now ({said}): it is tried again later.",
            answer=answer,
        )
    return SmtpRefusedError(
        f"{server} does not take the letter ({said}): look at CALOTYPE_EMAIL_TO,"
        " CALOTYPE_EMAIL_FROM, and whether it wants a login (CALOTYPE_SMTP_USER) or encryption"
        " (CALOTYPE_SMTP_SECURITY).",
        answer=answer,
    )


def _away(server: str, error: Exception, settings: SmtpSettings) -> NotTakenError:
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__
    if isinstance(cause, ssl.SSLError):
        return SmtpNotEncryptedError(
            f"{server} cannot be trusted ({excerpt(str(cause))}): look at CALOTYPE_SMTP_HOST,"
            " CALOTYPE_SMTP_PORT and CALOTYPE_SMTP_SECURITY; SSL_CERT_FILE names certificates to"
            " trust."
        )
    said = excerpt(str(error)) or "it kept silent"
    return SmtpUnreachableError(
        f"{server} cannot be reached, or did not go on ({said}), within"
        f" {settings.smtp_timeout_seconds:g} s: see that it runs, and look at CALOTYPE_SMTP_HOST,"
        " CALOTYPE_SMTP_PORT and CALOTYPE_SMTP_SECURITY.",
        silent=True,
    )
