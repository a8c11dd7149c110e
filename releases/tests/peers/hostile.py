"""Repositories as an attacker would show them, written by python-tuf: `hostile.py FOLDER`.

Each scenario is a folder with `root.json`, which the robot was installed with, `first`, the repository that it
has seen, and `then`, what it is shown afterwards.
"""

import copy
import datetime
import hashlib
import json
import pathlib
import shutil
import sys

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

ROLES = ["root", "targets", "snapshot", "timestamp"]
ARCHIVE = b"the archive of a release " * 1000
NAME = "walk-1.tar"
CUSTOM = {
    "sinew": {
        "name": "walk",
        "version": 1,
        "kind": "policy",
        "model": hashlib.sha256(b"model").hexdigest(),
        "channel": "stable",
        "per_mille": 1000,
        "state": "active",
    }
}


def in_days(days):
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return now + datetime.timedelta(days=days)


class Repository:
    """Metadata, the keys of its roles, and what it writes of them."""

    def __init__(self):
        self.keys = {role: [CryptoSigner.generate_ed25519()] for role in ROLES}
        self.root = Root(version=1, expires=in_days(365), consistent_snapshot=True)
        for role in ROLES:
            self.root.add_key(self.keys[role][0].public_key, role)
        target = TargetFile.from_data(NAME, ARCHIVE, ["sha256"])
        target.unrecognized_fields["custom"] = CUSTOM
        self.targets = Targets(version=1, expires=in_days(90), targets={NAME: target})
        self.snapshot = Snapshot(version=1, expires=in_days(30))
        self.timestamp = Timestamp(version=1, expires=in_days(7))
        self.archive = ARCHIVE
        # Signers of a root beside its own: those of the one before.
        self.earlier_root_keys = []

    def signed(self, metadata, keys):
        envelope = Metadata(metadata)
        for key in keys:
            envelope.sign(key, append=True)
        return envelope.to_bytes()

    def rotate(self, *roles):
        """Puts new keys in the place of those of some roles."""
        self.root.version += 1
        self.earlier_root_keys = list(self.keys["root"])
        for role in roles:
            for key in self.keys[role]:
                self.root.revoke_key(key.public_key.keyid, role)
            self.keys[role] = [CryptoSigner.generate_ed25519()]
            self.root.add_key(self.keys[role][0].public_key, role)

    def next(self):
        """Another version of everything below the root."""
        for role in [self.targets, self.snapshot, self.timestamp]:
            role.version += 1

    def write(self, folder):
        metadata, targets = folder / "metadata", folder / "targets"
        for path in [metadata, targets]:
            path.mkdir(parents=True, exist_ok=True)
        root_keys = self.keys["root"] + [key for key in self.earlier_root_keys if key not in self.keys["root"]]
        root = self.signed(self.root, root_keys)
        (metadata / f"{self.root.version}.root.json").write_bytes(root)
        data = self.signed(self.targets, self.keys["targets"])
        (metadata / f"{self.targets.version}.targets.json").write_bytes(data)
        self.snapshot.meta = {"targets.json": MetaFile.from_data(self.targets.version, data, ["sha256"])}
        data = self.signed(self.snapshot, self.keys["snapshot"])
        (metadata / f"{self.snapshot.version}.snapshot.json").write_bytes(data)
        self.timestamp.snapshot_meta = MetaFile.from_data(self.snapshot.version, data, ["sha256"])
        data = self.signed(self.timestamp, self.keys["timestamp"])
        (metadata / "timestamp.json").write_bytes(data)
        digest = self.targets.targets[NAME].hashes["sha256"]
        (targets / f"{digest}.{NAME}").write_bytes(self.archive)


def scenario(folder, name, attack, before=lambda repository: None):
    """A robot that has seen a repository, and what `attack` makes of it."""
    repository, place = Repository(), folder / name
    (place).mkdir(parents=True)
    (place / "root.json").write_bytes(repository.signed(repository.root, repository.keys["root"]))
    before(repository)
    repository.write(place / "first")
    shutil.copytree(place / "first", place / "then")
    attack(repository, place / "then")


def nothing_hostile(repository, then):
    repository.next()
    repository.write(then)


def arbitrary_target(repository, then):
    for path in (then / "targets").iterdir():
        path.write_bytes(b"X" * len(ARCHIVE))


def rollback_timestamp(repository, then):
    repository.timestamp.version = 1
    repository.write(then)


def rollback_snapshot(repository, then):
    repository.timestamp.version += 1
    repository.snapshot.version = 1
    repository.write(then)


def rollback_targets(repository, then):
    repository.timestamp.version += 1
    repository.snapshot.version += 1
    repository.targets.version = 1
    repository.write(then)


def freeze(repository, then):
    repository.timestamp.version += 1
    repository.timestamp.expires = in_days(-1)
    repository.write(then)


def expired_snapshot(repository, then):
    repository.next()
    repository.snapshot.expires = in_days(-1)
    repository.write(then)


def expired_targets(repository, then):
    repository.next()
    repository.targets.expires = in_days(-1)
    repository.write(then)


def expired_root(repository, then):
    repository.rotate()
    repository.root.expires = in_days(-1)
    repository.write(then)


def mixed_targets(repository, then):
    """Targets of the same version that were signed, but are not those of the snapshot."""
    repository.next()
    repository.write(then)
    other = copy.deepcopy(repository.targets)
    other.expires = in_days(80)
    data = repository.signed(other, repository.keys["targets"])
    (then / "metadata" / f"{other.version}.targets.json").write_bytes(data)


def mixed_snapshot(repository, then):
    """A snapshot under the name of another version."""
    repository.next()
    repository.write(then)
    earlier = then / "metadata" / "3.snapshot.json"
    (then / "metadata" / "4.snapshot.json").write_bytes(earlier.read_bytes())


def wrong_key(role):
    def attack(repository, then):
        repository.next()
        repository.keys[role] = [CryptoSigner.generate_ed25519()]
        if role == "root":
            repository.root.version += 1
            repository.root.expires = in_days(300)
        repository.write(then)

    return attack


def threshold_not_met(repository, then):
    """A root says that two keys sign the targets; one does, twice."""
    repository.rotate()
    second = CryptoSigner.generate_ed25519()
    repository.root.add_key(second.public_key, "targets")
    repository.root.roles["targets"].threshold = 2
    repository.next()
    repository.write(then)


def threshold_met(repository, then):
    repository.rotate()
    second = CryptoSigner.generate_ed25519()
    repository.root.add_key(second.public_key, "targets")
    repository.root.roles["targets"].threshold = 2
    repository.keys["targets"].append(second)
    repository.next()
    repository.write(then)


def rotation(repository, then):
    for roles in [["timestamp"], ["snapshot", "targets"], ["root"], ROLES]:
        repository.rotate(*roles)
        repository.next()
        repository.write(then)


def root_by_itself(repository, then):
    """A root that its own new keys have signed, and not those before."""
    repository.rotate("root")
    repository.earlier_root_keys = []
    repository.next()
    repository.write(then)


def root_skips(repository, then):
    """The next root has the version after the next."""
    repository.rotate()
    repository.rotate()
    repository.next()
    repository.write(then)
    metadata = then / "metadata"
    (metadata / "3.root.json").rename(metadata / "2.root.json")


def fast_forward(repository):
    """Whoever had the online keys made all versions so large that no honest one is larger."""
    repository.snapshot.version = repository.timestamp.version = 2**31


def fast_forward_recovered(repository, then):
    """New online keys make the robot forget what the stolen ones signed."""
    repository.rotate("snapshot", "timestamp")
    repository.snapshot.version = repository.timestamp.version = 2
    repository.targets.version += 1
    repository.write(then)


def fast_forward_without_rotation(repository, then):
    repository.snapshot.version = repository.timestamp.version = 2
    repository.write(then)


def no_targets_in_snapshot(repository, then):
    repository.next()
    repository.write(then)
    repository.snapshot.meta = {"other.json": repository.snapshot.meta["targets.json"]}
    data = repository.signed(repository.snapshot, repository.keys["snapshot"])
    path = then / "metadata" / f"{repository.snapshot.version}.snapshot.json"
    path.write_bytes(data)
    repository.timestamp.snapshot_meta = MetaFile.from_data(repository.snapshot.version, data, ["sha256"])
    data = repository.signed(repository.timestamp, repository.keys["timestamp"])
    (then / "metadata" / "timestamp.json").write_bytes(data)


def no_json(repository, then):
    (then / "metadata" / "timestamp.json").write_bytes(b"<html>")


def changed_after_signing(repository, then):
    path = then / "metadata" / "timestamp.json"
    metadata = json.loads(path.read_bytes())
    metadata["signed"]["version"] = 9
    path.write_text(json.dumps(metadata))


def advance(repository):
    repository.next()
    repository.next()


def main():
    folder = pathlib.Path(sys.argv[1])
    scenario(folder, "nothing_hostile", nothing_hostile)
    scenario(folder, "arbitrary_target", arbitrary_target)
    scenario(folder, "rollback_timestamp", rollback_timestamp, advance)
    scenario(folder, "rollback_snapshot", rollback_snapshot, advance)
    scenario(folder, "rollback_targets", rollback_targets, advance)
    scenario(folder, "freeze", freeze)
    scenario(folder, "expired_snapshot", expired_snapshot)
    scenario(folder, "expired_targets", expired_targets)
    scenario(folder, "expired_root", expired_root)
    scenario(folder, "mixed_targets", mixed_targets)
    scenario(folder, "mixed_snapshot", mixed_snapshot, advance)
    for role in ROLES:
        scenario(folder, f"wrong_key_{role}", wrong_key(role))
    scenario(folder, "threshold_not_met", threshold_not_met)
    scenario(folder, "threshold_met", threshold_met)
    scenario(folder, "rotation", rotation)
    scenario(folder, "root_by_itself", root_by_itself)
    scenario(folder, "root_skips", root_skips)
    scenario(folder, "fast_forward_recovered", fast_forward_recovered, fast_forward)
    scenario(
        folder,
        "fast_forward_without_rotation",
        fast_forward_without_rotation,
        fast_forward,
    )
    scenario(folder, "no_targets_in_snapshot", no_targets_in_snapshot)
    scenario(folder, "no_json", no_json)
    scenario(folder, "changed_after_signing", changed_after_signing)


main()
