"""Keys of three curves, and a chain of certificates: `authorities.py FOLDER`."""

import datetime
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FOLDER = pathlib.Path(sys.argv[1])


def write_key(name, key):
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (FOLDER / f"{name}.pem").write_bytes(private)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (FOLDER / f"{name}.pub.pem").write_bytes(public)
    # As OpenSSL writes it by itself.
    traditional = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    (FOLDER / f"{name}.ec.pem").write_bytes(traditional)


def certificate(name, subject, key, issuer, issuer_key, *, is_authority, extended=None, days=(0, 30)):
    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.datetime.now(datetime.timezone.utc)
    usage = x509.KeyUsage(
        digital_signature=not is_authority and extended is None,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=not is_authority and extended is not None,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=-9 if is_authority else days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(usage, critical=True)
    )
    if extended is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([extended]), critical=False)
    signed = builder.sign(issuer_key, hashes.SHA256())
    (FOLDER / f"{name}.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def main():
    for name, curve in [
        ("p256", ec.SECP256R1()),
        ("p384", ec.SECP384R1()),
        ("p521", ec.SECP521R1()),
    ]:
        write_key(name, ec.generate_private_key(curve))
    root, between, leaf, stranger = (ec.generate_private_key(ec.SECP384R1()) for _ in range(4))
    write_key("leaf", leaf)
    certificate("authority", "root", root, "root", root, is_authority=True)
    certificate("stranger", "root", stranger, "root", stranger, is_authority=True)
    certificate("between", "between", between, "root", root, is_authority=True)
    certificate("leaf.crt", "leaf", leaf, "between", between, is_authority=False)
    certificate("expired.crt", "leaf", leaf, "between", between, is_authority=False, days=(-2, -1))
    certificate(
        "other_use.crt",
        "leaf",
        leaf,
        "between",
        between,
        is_authority=False,
        extended=ExtendedKeyUsageOID.SERVER_AUTH,
    )


main()
