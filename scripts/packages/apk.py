"""Writes an .apk of version 3, what OpenWrt has installed since 25.12: the bytes that `apk mkpkg` would write.

The file is a block of values (adb.py), then the content of each file. It is not signed: the index of a repository is, which
has its hash (repository.py); alone it takes `apk add --allow-untrusted`. What goes in is decided by build.py.
"""

import hashlib
import struct

import adb

_UNIQUE_ID = 20

# The slots of `pkginfo`, by the names that `apk mkpkg --info` takes.
_INFO = {"name": 1, "version": 2, "description": 4, "arch": 5, "license": 6, "origin": 7, "maintainer": 8, "url": 9}
_INFO |= {"depends": 15, "provides": 16, "tags": 21}
_INFO_HASHES, _INFO_INSTALLED_SIZE = 3, 12
# The slots of `scripts`.
_SCRIPTS = {"post-install": 3, "pre-deinstall": 4, "post-deinstall": 5, "post-upgrade": 7}


def _access(database, mode):
    return database.object({1: database.number(mode), 2: database.text("root"), 3: database.text("root")})


def _file(database, name, content, mode, epoch):
    slots = {1: database.text(name), 5: database.blob(hashlib.sha256(content).digest())}
    slots[4] = database.number(epoch)
    slots[3] = database.number(len(content))
    slots[2] = _access(database, mode)
    return database.object(slots)


def _directories(tree):
    """(path, mode, [(name, content, mode)]) of every directory, the root first."""
    found = {"": (0o755, [])}
    for path, mode in tree.all_directories().items():
        found[path] = (mode, [])
    for path, (content, mode) in sorted(tree.files.items()):
        directory, _, name = path.rpartition("/")
        found[directory][1].append((name, content, mode))
    for path in sorted(found, key=str.encode):
        yield path, found[path][0], sorted(found[path][1], key=lambda file: file[0].encode())


def plain(info, scripts, tree, epoch):
    """The package, not compressed."""
    database = adb.Database()
    slots = {}
    for name, slot in sorted(_INFO.items(), key=lambda item: item[1]):
        if name in ("depends", "provides"):
            # Listed by name, for apk searches the list by halves.
            words = {word: database.object({1: database.text(word)}) for word in info.get(name, [])}
            slots[slot] = database.array([words[word] for word in sorted(words)])
        elif name == "tags":
            slots[slot] = database.array([database.text(tag) for tag in info.get(name, [])])
        elif info.get(name):
            slots[slot] = database.text(info[name])

    paths, contents = [], []
    for number, (path, mode, files) in enumerate(_directories(tree), 1):
        entries = []
        for index, (name, content, file_mode) in enumerate(files, 1):
            entries.append(_file(database, name, content, file_mode, epoch))
            if content:
                contents.append(adb.block(adb.BLOCK_DATA, struct.pack("<II", number, index) + content))
        directory = {1: database.text(path), 2: _access(database, mode)}
        directory[3] = database.array(entries)
        paths.append(database.object(directory))

    slots[_INFO_INSTALLED_SIZE] = database.number(max(tree.size(), 1))
    # The package's identity: the start of the hash of all of this, with zeros where it will stand.
    slots[_INFO_HASHES] = database.blob(bytes(_UNIQUE_ID), once=False)
    identity = (slots[_INFO_HASHES] & 0x0FFFFFFF) + 1
    package = {1: database.object(slots), 2: database.array(paths)}
    present = {slot: database.text(scripts[name]) for name, slot in _SCRIPTS.items() if name in scripts}
    package[3] = database.object(present)
    struct.pack_into("<BBHI", database.bytes, 0, 0, 0, 0, database.object(package))
    database.bytes[identity : identity + _UNIQUE_ID] = hashlib.sha256(database.bytes).digest()[:_UNIQUE_ID]

    return adb.file(adb.PACKAGE, adb.block(adb.BLOCK_ADB, bytes(database.bytes)), *contents)


def apk(info, scripts, tree, epoch):
    """The package."""
    return adb.compress(plain(info, scripts, tree, epoch))
