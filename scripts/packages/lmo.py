"""Compiles a translation (.po) to the format that LuCI reads on the router (.lmo): what po2lmo does.

An .lmo is the translated strings, each padded to 4 bytes; then an index of (hash of the message, number of plural
forms, offset, length), sorted by hash; then the offset of the index. All big-endian. The hash is Paul Hsieh's
SuperFastHash, seeded with the length. What is not translated is left out.
"""

import re
import struct

_MASK = 0xFFFFFFFF
_LINE = re.compile(rb'^(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d)\])?)?\s*"(.*)"\s*$')
_ESCAPE = re.compile(rb'\\(["\\])')


def superfasthash(data):
    """The 32-bit hash of a message, by which LuCI looks it up. A trailing odd byte counts as signed."""
    if not data:
        return 0
    value = len(data)
    for at in range(0, len(data) - 3, 4):
        low, high = struct.unpack_from("<HH", data, at)
        value = (value + low) & _MASK
        value = ((value << 16) & _MASK) ^ ((high << 11) & _MASK) ^ value
        value = (value + (value >> 11)) & _MASK
    rest = data[len(data) & ~3 :]
    if len(rest) == 3:
        value = (value + (rest[0] | rest[1] << 8)) & _MASK
        value ^= (value << 16) & _MASK
        value ^= (_signed(rest[2]) << 18) & _MASK
        value = (value + (value >> 11)) & _MASK
    elif len(rest) == 2:
        value = (value + (rest[0] | rest[1] << 8)) & _MASK
        value ^= (value << 11) & _MASK
        value = (value + (value >> 17)) & _MASK
    elif len(rest) == 1:
        value = (value + _signed(rest[0])) & _MASK
        value ^= (value << 10) & _MASK
        value = (value + (value >> 1)) & _MASK
    for shift, back in ((3, 5), (4, 17), (25, 6)):
        value ^= (value << shift) & _MASK
        value = (value + (value >> back)) & _MASK
    return value


def _signed(byte):
    return byte - 256 if byte > 127 else byte


def messages(text):
    """The messages of a .po: dictionaries with msgid, perhaps msgctxt and msgid_plural, and "forms" by number."""
    found, current, into = [], None, None
    for line in text.encode().splitlines():
        match = None if line.startswith(b"#") else _LINE.match(line)
        if not match:
            continue
        keyword, form, value = match.groups()
        value = _ESCAPE.sub(rb"\1", value)
        if keyword in (b"msgctxt", b"msgid") and (current is None or current["forms"] or keyword.decode() in current):
            current = {"forms": {}}
            found.append(current)
        if keyword and keyword.startswith(b"msgstr"):
            into = (current["forms"], int(form or 0))
        elif keyword:
            into = (current, keyword.decode())
        if into:
            table, key = into
            table[key] = table.get(key, b"") + value
    return found


def _key(message, form):
    key = message["msgid"]
    if "msgctxt" in message:
        key = message["msgctxt"] + b"\x01" + key
    return key + (b"\x02%d" % form if "msgid_plural" in message else b"")


def lmo(text):
    """The .lmo of a .po's text."""
    strings, index = bytearray(), []

    def keep(key, plurals, value):
        index.append((key, plurals, len(strings), len(value)))
        strings.extend(value + b"\0" * (-len(value) % 4))

    for message in messages(text):
        if not message.get("msgid"):
            header = re.search(rb"(?:^|\\n)Plural-Forms: (.*?)\\n", message["forms"].get(0, b""), re.I)
            if header:
                keep(0, 0, header.group(1))
            continue
        # The number of forms is what LuCI checks the plural rule's answer against.
        forms = max(message["forms"], default=-1) + 1
        for form, value in sorted(message["forms"].items()):
            key = superfasthash(_key(message, form))
            if value and key != superfasthash(value):
                keep(key, forms, value)
    index.sort(key=lambda entry: entry[0])
    return bytes(strings) + b"".join(struct.pack(">4I", *entry) for entry in index) + struct.pack(">I", len(strings))
