"""Make the demo's certificates: an authority, the edge's, and one for each agency named, as a client and as a server.

    python certificate.py FOLDER [AGENCY...]

For trying things out. A real edge has a certificate of a public authority, and its agencies' own authorities.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_FOR = dt.timedelta(days=90)
HERE = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]


class Authority:
    """An authority that lives as long as this process: its key is never written."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = named("Gapura demo authority")
        usage = x509.BasicConstraints(ca=True, path_length=0)
        self.certificate = (
            self.draft(self.name, self.key).add_extension(usage, critical=True).sign(self.key, hashes.SHA256())
        )

    def draft(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        """Begin a certificate that this authority will sign."""
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=5))
            .not_valid_after(now + VALID_FOR)
        )

    def issue(self, folder: Path, file: str, subject: str) -> None:
        """Write a certificate and, beside it, its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, *([] if file == "edge" else [ExtendedKeyUsageOID.CLIENT_AUTH])]
        names = x509.SubjectAlternativeName([x509.DNSName(file), *HERE])
        draft = self.draft(named(subject), key).add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        draft = draft.add_extension(names, critical=False)
        certificate = draft.sign(self.key, hashes.SHA256())
        (folder / f"{file}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        secret = folder / f"{file}.pem.key"
        secret.touch(mode=0o600)
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


def named(common_name: str) -> x509.Name:
    """Return a name with nothing but a common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def main(folder: Path, agencies: list[str]) -> None:
    """Make what is not there yet: a restart keeps its certificates."""
    if (folder / "agencies.pem").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    authority = Authority()
    authority.issue(folder, "edge", "localhost")
    for agency in agencies:
        authority.issue(folder, agency, agency)
    (folder / "agencies.pem").write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
