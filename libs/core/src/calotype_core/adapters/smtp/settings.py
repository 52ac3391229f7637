from dataclasses import dataclass
from email.headerregistry import Address
from email.policy import SMTP
from typing import Literal

from calotype_core.settings import TEXT, SettingsError, Takes, seconds, setting, whole_number, word

Security = Literal["starttls", "tls", "none"]
_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}


def addresses_of(text: str) -> tuple[Address, ...]:
    """Return the addresses in a text as headers have them; raises ValueError where one is none."""
    header = SMTP.header_factory("to", text)
    found: tuple[Address, ...] = header.addresses
    whole = all(one.username and one.domain and one.addr_spec.isascii() for one in found)
    if header.defects or not found or not whole:
        raise ValueError(text)
    return found


def _addresses(text: str) -> str:
    return ", ".join(map(str, addresses_of(text)))


def _address(text: str) -> str:
    (one,) = addresses_of(text)
    return str(one)


ADDRESSES = Takes("e-mail addresses, with commas between", _addresses)
ADDRESS = Takes("an e-mail address, such as Calotype <calotype@example.com>", _address)


@dataclass(frozen=True, kw_only=True, slots=True)
class SmtpSettings:
    """Who is told by e-mail, and the server that takes letters for them."""

    email_to: str = setting(
        "", ADDRESSES, "Who is written to; empty: nobody, and no e-mail is sent."
    )
    email_from: str = setting("", ADDRESS, "Who writes; the server has to allow it.")
    smtp_host: str = setting("", TEXT, "The mail server that takes the letters.")
    smtp_port: int | None = setting(
        None,
        whole_number("port", most=65_535),
        "Its port; unset: 587 for starttls, 465 for tls, 25 for none.",
    )
    smtp_security: Security = setting(
        "starttls",
        word("starttls", "tls", "none"),
        "How the way to it is encrypted: after a first greeting (starttls), from the start (tls) or"
        " not at all (none). What is asked for is insisted on, and certificates are checked;"
        " SSL_CERT_FILE names others to trust.",
    )
    smtp_user: str = setting("", TEXT, "The name to log in with; empty: no login.")
    smtp_password: str = setting("", TEXT, "Its password.", secret=True)
    smtp_timeout_seconds: float = setting(
        20.0, seconds(least=0.1), "How long one letter may take before the server counts as away."
    )

    @property
    def port(self) -> int:
        """The port to connect to."""
        return self.smtp_port or _PORTS[self.smtp_security]

    def check(self) -> None:
        """Return where a letter can be sent so; raises SettingsError that names what is missing."""
        needed = {"CALOTYPE_EMAIL_FROM": self.email_from, "CALOTYPE_SMTP_HOST": self.smtp_host}
        wrong = [
            f"{name}: expected a value, since CALOTYPE_EMAIL_TO has one, got nothing"
            for name, value in needed.items()
            if not value
        ]
        if bool(self.smtp_user) != bool(self.smtp_password):
            given, other = ("USER", "PASSWORD") if self.smtp_user else ("PASSWORD", "USER")
            wrong.append(
                f"CALOTYPE_SMTP_{other}: expected a value, since CALOTYPE_SMTP_{given} has one,"
                " got nothing"
            )
        if wrong:
            raise SettingsError("\n".join(wrong))
