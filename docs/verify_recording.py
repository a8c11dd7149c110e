"""Verifies recordings of Sinew with none of Sinew's code: what was changed, removed, added, reordered or cut off.
    python3 verify_recording.py --key identity.pub.pem FILE|FOLDER...  0: all holds, 4: not all, 2: cannot be verified
Needs the packages cryptography and mcap. --batch gives a line of JSON for each folder. recordings.md has the format.
"""

import argparse
import base64
import contextlib
import hashlib
import io
import json
import pathlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from mcap import exceptions, records, stream_reader

TYPE = "application/vnd.sinew.recording+json"
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973


class Broken(Exception):
    """What does not hold: its kind, the first record that it is about (from 0) or None, and it in words."""


class Key:
    def __init__(self, path):
        self.key = serialization.load_pem_public_key(path.read_bytes() if path.is_file() else b"")
        der = self.key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.fingerprint = hashlib.sha256(der).hexdigest()

    def has_signed(self, text, signature):
        r, s = int.from_bytes(signature[:48], "big"), int.from_bytes(signature[48:], "big")
        with contextlib.suppress(InvalidSignature, ValueError):
            self.key.verify(utils.encode_dss_signature(r, s), text, ec.ECDSA(hashes.SHA384()))
            return len(signature) == 96 and s <= ORDER // 2  # Of the two s that fit only the smaller one counts.


def digest(kind, *fields):
    """Numbers take 8 bytes, least significant first; bytes and texts have their length before them, maps their size."""

    def form(field):
        if isinstance(field, dict):
            return form(len(field)) + b"".join(form(key) + form(field[key]) for key in sorted(field, key=str.encode))
        if isinstance(field, int):
            return field.to_bytes(8, "little")
        field = field.encode() if isinstance(field, str) else field
        return form(len(field)) + field

    return hashlib.sha256(bytes([kind]) + b"".join(form(field) for field in fields)).digest()


def chained(data):
    """Digest and name of each record that is chained, and what is looked into: chain points, the beginning."""
    schemas, channels, in_data = {0: records.Schema(id=0, data=b"", encoding="", name="")}, {}, True
    for one in stream_reader.StreamReader(io.BytesIO(data), validate_crcs=True, record_size_limit=len(data)).records:
        in_data &= not isinstance(one, records.DataEnd)  # What follows is the summary, read on as it may be cut.
        if not in_data:
            continue
        if isinstance(one, records.Schema):
            schemas[one.id] = one
        elif isinstance(one, records.Channel):
            schema = schemas[one.schema_id]
            channels[one.id] = names = (one.topic, schema.name, one.message_encoding)
            yield digest(4, *names, schema.encoding, schema.data, one.metadata), f"the channel {one.topic}", None
        elif isinstance(one, records.Message):
            names = channels[one.channel_id]
            hashed = digest(1, *names, one.sequence, one.log_time, one.publish_time, one.data)
            yield hashed, f"{names[0]} at {one.log_time} ns", one.data if names[0] == "/sinew/chain" else None
        elif isinstance(one, records.Attachment):
            fields = (one.name, one.media_type, one.log_time, one.create_time, one.data)
            yield digest(2, *fields), f"the attachment {one.name}", None
        elif isinstance(one, records.Metadata):
            is_beginning = one.name == "sinew.recording"
            yield digest(3, one.name, one.metadata), f"the metadata {one.name}", one.metadata if is_beginning else None


def walk(data, key):
    """Follows the chain: count, head, beginning, records before the last chain point that holds, what breaks it."""
    found, text, since = argparse.Namespace(count=0, head=b"", begun=None, proven=0, broken=None), b"", []
    try:
        for hashed, name, inside in chained(data):
            if isinstance(inside, dict) and not found.begun:
                text = bytes.fromhex(inside["recording"]) + int(inside["file"]).to_bytes(8, "little")
                found.begun, found.head = inside, hashlib.sha256(b"sinew recording chain 1" + text).digest()
                for before, _ in since:
                    found.head = hashlib.sha256(found.head + before).digest()
            elif isinstance(inside, bytes):  # A chain point, after the 4 bytes with which CDR begins.
                point, shorts = inside[4:], inside[168:]
                if not key.has_signed(b"sinew chain point 1" + point[:64] + shorts, point[64:160]):
                    raise Broken("record", found.count, f"{name} is no chain point that the identity signed")
                for i, (one, its_name) in enumerate(since):
                    if shorts[4 * i : 4 * i + 4] != one[:4]:
                        raise Broken("record", found.proven + i, f"{its_name} is not what was signed at its place")
                place = text + found.count.to_bytes(8, "little") + found.head
                if (point[:64], len(shorts)) != (place, 4 * len(since)):
                    raise Broken("record", found.count, f"records before {name} are missing, or it belongs elsewhere")
                found.proven, since = found.count, []
            since.append((hashed, name))
            found.head = found.head and hashlib.sha256(found.head + hashed).digest()
            found.count += 1
    except Broken as broken:
        found.broken = broken
    except Exception as error:  # Bytes that are no MCAP fail in many ways.
        kind = "cut" if isinstance(error, exceptions.EndOfFile) else "damaged"
        found.broken = Broken(kind, found.count, f"after record {found.count}: {error!r}")
    return found


def read_proof(path, key):
    """The payload of a proof, which has one form only."""
    with contextlib.suppress(ValueError, LookupError, TypeError):
        text = path.read_bytes() if path.is_file() else b""
        envelope = json.loads(text)
        payload, signature = (base64.b64decode(x) for x in (envelope["payload"], envelope["signatures"][0]["sig"]))
        proof = json.loads(payload)
        names = {"keyid": proof["identity"], "sig": base64.b64encode(signature).decode()}
        whole = {"payload": base64.b64encode(payload).decode(), "payloadType": TYPE, "signatures": [names]}
        signed = b"DSSEv1 %d %b %d %b" % (len(TYPE), TYPE.encode(), len(payload), payload)
        is_one_form = json.dumps(whole, separators=(",", ":")).encode() + b"\n" == text
        if is_one_form and proof["identity"] == key.fingerprint and key.has_signed(signed, signature):
            return proof
    raise Broken("proof", None, "the proof was changed, or is signed by another identity")


def verify_file(path, key):
    """The file's place in its recording as it was signed, or None, and what does not hold, or None."""
    proof_path, found = pathlib.Path(f"{path}.proof"), walk(data := path.read_bytes() if path.is_file() else b"", key)
    place = found.begun | {name: int(found.begun[name]) for name in ("file", "deleted_files")} if found.proven else None
    try:
        if not proof_path.exists():
            raise Broken("no-proof", found.proven, f"no proof; records before {found.proven} are as they were signed")
        proof = read_proof(proof_path, key)
        if place and (place["recording"], place["file"]) != (proof["recording"], proof["file"]):
            raise Broken("file-misplaced", None, f"it is file {place['file']} of {place['recording']}")
        place = proof
        if found.broken:
            raise found.broken
        if (found.count, found.head.hex()) != (proof["chain_count"], proof["chain_head"]):
            at = found.proven if found.count == proof["chain_count"] else min(found.count, proof["chain_count"])
            raise Broken("record", at, "its last records are not those signed")
        if (hashlib.sha256(data).hexdigest(), len(data)) != (proof["file_sha256"], proof["file_size"]):
            raise Broken("other-bytes", None, "all records are as they were signed, and other bytes are not")
        return place, None
    except Broken as broken:
        return place, broken


def verify(paths, key):
    """All that does not hold, as (file, kind, record, words)."""
    for path in paths:
        is_mcap = path.is_file() and path.open("rb").read(8) == b"\x89MCAP0\r\n"
        if not (is_mcap or path.is_dir() or pathlib.Path(f"{path}.proof").exists()):
            raise ValueError(f"{path}: expected a recording (MCAP), or a folder of recordings")
    found, recordings = [], {}
    for path in sorted(one for given in paths for one in (given.glob("*.mcap*") if given.is_dir() else [given])):
        if path.name.endswith(".mcap.proof") and not path.with_suffix("").exists():
            found.append((path.name, "file-missing", None, "the file that this proves is missing"))
        elif not path.name.endswith(".mcap.proof"):
            place, broken = verify_file(path, key)
            found += [(path.name, *broken.args)] if broken else []
            recordings.setdefault(place and place["recording"], []).append((place and place["file"], path.name, place))
    recordings.pop(None, None)
    for files in map(sorted, recordings.values()):
        due, before = max(place["deleted_files"] for _, _, place in files), {}
        for number, name, place in files:
            follows = not before.get("is_last") and before.get("file_sha256") in (None, place["previous_sha256"])
            if number > due:
                found.append((name, "file-missing", None, f"files {due} to {number - 1} before it are missing"))
            elif number == before.get("file") or (number - 1 == before.get("file") and not follows):
                found.append((name, "file-misplaced", None, "it was not signed as the one after the file before"))
            due, before = max(due, number + 1), place
        if before.get("is_last") is False:
            found.append((files[-1][1], "file-missing", None, "it was signed as one that others follow"))
    return found if recordings or found else [("", "not-signed", None, "there is no recording that was signed")]


def main():
    parser = argparse.ArgumentParser(description="Verifies recordings of Sinew.")
    parser.add_argument("--key", required=True, type=pathlib.Path, help="the robot's public key, PEM")
    parser.add_argument("--batch", action="store_true", help="each folder by itself")
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    try:
        key = Key(args.key)
        verified = [verify(paths, key) for paths in ([[path] for path in args.paths] if args.batch else [args.paths])]
    except Exception as error:  # Bytes that are no key fail in many ways, and so do disks.
        parser.error(f"it cannot be verified with the key {args.key}: {error}")
    if args.batch:
        return print("\n".join(json.dumps([path.name, found]) for path, found in zip(args.paths, verified)))
    for name, kind, record, words in verified[0]:
        print(f"{name}: {kind}, record {record}: {words}")
    print("Not everything holds" if verified[0] else f"All holds, signed by {key.fingerprint}")
    return 4 if verified[0] else 0


if __name__ == "__main__":
    raise SystemExit(main())
