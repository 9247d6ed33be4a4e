"""Check a joint output with Python's standard library and openssl alone: no code of the gateway is used.

    python3 verify_without_us.py trust.json joint-output.vc.jwt

Take `trust.json` from the gateway's `/v1/keys`, at a time and in a way that you trust.
"""
# ruff: noqa: INP001, T201, S603 - a script to read and copy: it prints, and calls openssl

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""What precedes x and y in a public key file (SubjectPublicKeyInfo in DER)."""


def decode(text: str) -> bytes:
    """Decode base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def integer(data: bytes) -> bytes:
    """Encode a positive number in DER."""
    data = data.lstrip(b"\0")
    data = b"\0" + data if data[0] & 0x80 else data
    return b"\x02%c%b" % (len(data), data)


def signed_by(jws: str, keys: list[dict[str, str]]) -> dict[str, Any]:
    """Give what a compact JWS says, once openssl has verified it with the key that it names."""
    header, payload, signature = jws.split(".")
    named = json.loads(decode(header))
    key = next((key for key in keys if key["kid"] == named["kid"]), None)
    if named["alg"] != "ES256" or key is None:
        sys.exit(f"UNKNOWN: no trusted key is called {named['kid']}")
    numbers = integer(decode(signature)[:32]) + integer(decode(signature)[32:])
    files = {
        "key": P256 + decode(key["x"]) + decode(key["y"]),
        "signature": b"\x30%c%b" % (len(numbers), numbers),
        "text": f"{header}.{payload}".encode(),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        command = "openssl dgst -sha256 -keyform DER -verify key -signature signature text"
        checked = subprocess.run(command.split(), cwd=folder, capture_output=True, text=True, check=False)
    if checked.stdout.strip() != "Verified OK":
        sys.exit(f"ALTERED: the signature of {named['kid']} does not fit")
    claims: dict[str, Any] = json.loads(decode(payload))
    return claims


def agency_signed(part: dict[str, Any], case: str, keys: list[dict[str, str]]) -> dict[str, Any]:
    """Give the values that an agency signed: its SD-JWT (RFC 9901) must fit this step of this case."""
    jws, *disclosures = part["evidence"]["part"].removesuffix("~").split("~")
    claims = signed_by(jws, keys)
    step = f"{case}/{part['step']}" + (f"/{part['item']}" if "item" in part else "")
    if claims["iss"] != part["agency"] or not claims["ask_key"].startswith(f"{step}/ask/"):
        sys.exit(f"ALTERED: {claims['iss']} signed this for {claims['ask_key']}")
    hashes = [hashlib.sha256(each.encode()).digest() for each in disclosures]
    if not {base64.urlsafe_b64encode(each).decode().rstrip("=") for each in hashes} <= set(claims["output"]["_sd"]):
        sys.exit(f"ALTERED: {part['agency']} did not sign what is disclosed")
    disclosed = dict(json.loads(decode(each))[1:] for each in disclosures)
    shown = {name: disclosed.get(field) for name, field in part["evidence"]["fields"].items()}
    if any(part["values"].get(name) != value for name, value in shown.items()):
        sys.exit(f"ALTERED: {part['agency']} did not sign these values")
    return shown


def main(trust_file: str, credential_file: str) -> None:
    """Verify the credential, then each part that its agency signed."""
    trust = json.loads(Path(trust_file).read_text(encoding="utf-8"))
    credential = signed_by(Path(credential_file).read_text(encoding="ascii").strip(), trust["keys"])
    if credential["issuer"] != trust["issuer"]:
        sys.exit(f"UNKNOWN: issued by {credential['issuer']}")
    if credential.get("validUntil", "9") <= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()):
        sys.exit(f"UNKNOWN: genuine, but past its time since {credential['validUntil']}")
    subject = credential["credentialSubject"]
    lines = [f"VALID (status not checked): {subject['title']['en']}, case {subject['case']}"]
    for part in subject["parts"]:
        agency = trust["agencies"].get(part["agency"])
        lines.append(f"  {part['agency']} {part['step']}: {part['word']}")
        if part.get("evidence", {}).get("kind") == "agency" and agency:
            lines.append(f"    signed by the agency: {agency_signed(part, subject['case'], agency['keys'])}")
        elif "values" in part:
            lines.append(f"    on the gateway's word: {part['values']}")
    print("\n".join(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
