"""Writes an .apk of version 3, what OpenWrt has installed since 25.12: the bytes that `apk mkpkg` would write.

The file is a database ("adb") of values, then the content of each file. A value is a 32-bit word, a type in the high
four bits: a small number itself, or the offset of a blob, of an array or of an object (a count, then the values of its
slots). Equal data is stored once. It is not signed: `apk add --allow-untrusted`, or an index that one signs oneself.
What goes in is decided by build.py.
"""

import hashlib
import struct
import zlib

_INT, _INT32, _BLOB8, _BLOB16, _BLOB32, _OBJECT = (kind << 28 for kind in (1, 2, 8, 9, 10, 14))
_SCHEMA_PACKAGE = 0x676B6370
_BLOCK_ADB, _BLOCK_DATA = 0, 2
_UNIQUE_ID = 20

# The slots of `pkginfo`, by the names that `apk mkpkg --info` takes.
_INFO = {"name": 1, "version": 2, "description": 4, "arch": 5, "license": 6, "origin": 7, "maintainer": 8, "url": 9, "depends": 15, "provides": 16, "tags": 21}
_INFO_HASHES, _INFO_INSTALLED_SIZE = 3, 12
# The slots of `scripts`.
_SCRIPTS = {"post-install": 3, "pre-deinstall": 4, "post-deinstall": 5, "post-upgrade": 7}


class _Database:
    """Values, written one after the other; returns the word that stands for each."""

    def __init__(self):
        self.bytes = bytearray(8)
        self.known = {}

    def _data(self, content, align, once=True):
        if once:
            for offset in self.known.get(content, ()):
                if offset % align == 0:
                    return offset
        self.bytes.extend(b"\0" * (-len(self.bytes) % align))
        offset = len(self.bytes)
        self.bytes.extend(content)
        if once:
            self.known.setdefault(content, []).append(offset)
        return offset

    def blob(self, content, once=True):
        if not content:
            return 0
        for kind, form, limit in ((_BLOB8, "<B", 0xFF), (_BLOB16, "<H", 0xFFFF), (_BLOB32, "<I", 0xFFFFFFFF)):
            if len(content) <= limit:
                length = struct.pack(form, len(content))
                return kind | self._data(length + content, len(length), once)
        raise ValueError("too long for a blob")

    def text(self, value):
        return self.blob(value.encode())

    def number(self, value):
        if value < 1 << 28:
            return _INT | value
        return _INT32 | self._data(struct.pack("<I", value), 4)

    def array(self, values):
        """An array; `apk mkpkg` marks it as it marks an object, and so does this."""
        return self._slots(values)

    def object(self, slots):
        """An object from {slot: word}."""
        return self._slots([slots.get(slot, 0) for slot in range(1, max(slots, default=0) + 1)])

    def _slots(self, values):
        while values and values[-1] == 0:
            values = values[:-1]
        if not values:
            return 0
        return _OBJECT | self._data(struct.pack(f"<{len(values) + 1}I", len(values) + 1, *values), 4)


def _block(kind, content):
    size = 4 + len(content)
    return struct.pack("<I", kind << 30 | size) + content + b"\0" * (-size % 8)


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


def adb(info, scripts, tree, epoch):
    """The package, not compressed."""
    database = _Database()
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
                contents.append(_block(_BLOCK_DATA, struct.pack("<II", number, index) + content))
        directory = {1: database.text(path), 2: _access(database, mode)}
        directory[3] = database.array(entries)
        paths.append(database.object(directory))

    slots[_INFO_INSTALLED_SIZE] = database.number(max(tree.size(), 1))
    # The package's identity: the start of the hash of all of this, with zeros where it will stand.
    slots[_INFO_HASHES] = database.blob(bytes(_UNIQUE_ID), once=False)
    identity = (slots[_INFO_HASHES] & 0x0FFFFFFF) + 1
    package = {1: database.object(slots), 2: database.array(paths)}
    package[3] = database.object({slot: database.text(scripts[name]) for name, slot in _SCRIPTS.items() if name in scripts})
    struct.pack_into("<BBHI", database.bytes, 0, 0, 0, 0, database.object(package))
    database.bytes[identity : identity + _UNIQUE_ID] = hashlib.sha256(database.bytes).digest()[:_UNIQUE_ID]

    header = b"ADB." + struct.pack("<I", _SCHEMA_PACKAGE)
    return header + _block(_BLOCK_ADB, bytes(database.bytes)) + b"".join(contents)


def apk(info, scripts, tree, epoch):
    """The package: apk's own compression, raw deflate behind four letters."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"ADBd" + compressor.compress(adb(info, scripts, tree, epoch)) + compressor.flush()
