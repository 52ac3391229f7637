from pathlib import Path

from deploy.services import files, install
from deploy.services.process import output

_SECONDS = 30
_CONFIG = """\
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:localhost, IP:127.0.0.1
"""


def make(folder: Path) -> None:
    """Make ca.pem, and server.pem (key and certificate, for 127.0.0.1) signed by it, once."""
    server = folder / "server.pem"
    if server.exists():
        return
    files.write(folder / "openssl.cnf", _CONFIG)
    _certificate(folder, "ca", "-out", f"{folder}/ca.pem")
    signed = ("-CA", f"{folder}/ca.pem", "-CAkey", f"{folder}/ca.key")
    certificate = _certificate(folder, "server", *signed)
    files.write(server, (folder / "server.key").read_text() + certificate)


def _certificate(folder: Path, name: str, *options: str) -> str:
    """Make NAME.key, and return a certificate for it with the extensions of that name."""
    return output(
        (
            *(install.program("openssl", "openssl"), "req", "-x509", "-days", "3650", "-nodes"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-config", f"{folder}/openssl.cnf", "-extensions", name),
            *("-subj", f"/CN=Calotype's {name}", "-keyout", f"{folder}/{name}.key", *options),
        ),
        seconds=_SECONDS,
    )
