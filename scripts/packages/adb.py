"""The file format of apk since version 3 ("adb"), for packages and for the index of a repository.

A file is blocks: one of values, then signatures, then the content of files. A value is a 32-bit word, a type in the high
four bits: a small number itself, or the offset of a blob, of an array or of an object (a count, then the values of its
slots). Equal data is stored once.
"""

import struct
import zlib

_INT, _INT32, _BLOB8, _BLOB16, _BLOB32, _ARRAY, _OBJECT = (kind << 28 for kind in (1, 2, 8, 9, 10, 13, 14))
_LENGTHS = {_BLOB8: "<B", _BLOB16: "<H", _BLOB32: "<I"}
_COMPRESSED = b"ADBd"
BLOCK_ADB, BLOCK_SIGNATURE, BLOCK_DATA = 0, 1, 2
PACKAGE, INDEX = b"pckg", b"indx"


class Database:
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


def block(kind, content):
    size = 4 + len(content)
    return struct.pack("<I", kind << 30 | size) + content + b"\0" * (-size % 8)


def file(schema, *content):
    """A file of blocks, not compressed."""
    return b"ADB." + schema + b"".join(content)


def compress(content):
    """apk's own compression: raw deflate behind four letters."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return _COMPRESSED + compressor.compress(content) + compressor.flush()


def values(content, schema):
    """The block of values of a file, compressed or not."""
    if content[:4] == _COMPRESSED:
        content = zlib.decompressobj(-15).decompress(content[4:])
    if content[:8] != b"ADB." + schema:
        raise ValueError(f"not a file of apk's kind {schema.decode()}")
    size = struct.unpack_from("<I", content, 8)[0]
    if size >> 30 != BLOCK_ADB:
        raise ValueError("the block of values does not come first")
    return content[12 : 8 + (size & 0x3FFFFFFF)]


def root(data):
    """The slots of the root object of a block of values."""
    return slots(data, struct.unpack_from("<I", data, 4)[0])


def slots(data, word):
    """The words of an object or of an array, slot 1 first."""
    offset = word & 0x0FFFFFFF
    count = struct.unpack_from("<I", data, offset)[0]
    return struct.unpack_from(f"<{count - 1}I", data, offset + 4)


def blob(data, word):
    """The bytes of a blob."""
    form, offset = _LENGTHS[word & 0xF0000000], word & 0x0FFFFFFF
    start = offset + struct.calcsize(form)
    return bytes(data[start : start + struct.unpack_from(form, data, offset)[0]])


def copy(database, data, word):
    """Writes a value of another file, with all that it refers to; the word that stands for it."""
    kind = word & 0xF0000000
    if kind in (_OBJECT, _ARRAY):
        return database.array([copy(database, data, each) for each in slots(data, word)])
    if kind in _LENGTHS:
        return database.blob(blob(data, word))
    if kind == _INT32:
        return database.number(struct.unpack_from("<I", data, word & 0x0FFFFFFF)[0])
    return word
