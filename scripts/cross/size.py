#!/usr/bin/env python3
"""Weighs a binary for a router: stripped, xz, gzip, by section, and by crate; fails where it is over its budget.

    scripts/cross/size.py build/mips/ddnsd [--symbols build/mips/ddnsd.symbols] [--stripped-limit N] [--xz-limit N]

The share of a crate is the sum of its symbols' sizes in a build that still has them: code that the linker merged or
that LTO moved into another crate's function counts where it ended up.
"""

import argparse
import collections
import gzip
import lzma
import pathlib
import re
import struct
import sys

# The sections that a router has to keep, in flash and in memory.
SECTIONS = (".text", ".rodata", ".data.rel.ro", ".data", ".got", ".bss", ".eh_frame", ".gcc_except_table")


class Elf:
    """Just the section headers and the symbols, of either width and byte order."""

    def __init__(self, content):
        if content[:4] != b"\x7fELF":
            sys.exit("size: this is not an ELF file")
        self.content = content
        self.wide = content[4] == 2
        self.order = "<" if content[5] == 1 else ">"
        offset = self._unpack("Q" if self.wide else "I", 40 if self.wide else 32)
        entry, count, names = (self._unpack("H", (58 if self.wide else 46) + 2 * n) for n in range(3))
        headers = [self._header(offset + entry * index) for index in range(count)]
        strings = headers[names]
        self.sections = [(self._string(strings, header), header) for header in headers]

    def _unpack(self, form, offset):
        return struct.unpack_from(self.order + form, self.content, offset)[0]

    def _header(self, offset):
        form = "IIQQQQIIQQ" if self.wide else "IIIIIIIIII"
        fields = struct.unpack_from(self.order + form, self.content, offset)
        return dict(zip(("name", "type", "flags", "address", "offset", "size", "link", "info", "align", "entry"), fields))

    def _string(self, table, header):
        start = table["offset"] + header["name"]
        return self.content[start : self.content.index(b"\0", start)].decode()

    def symbols(self):
        """(name, size) of every function and object."""
        for name, header in self.sections:
            if name != ".symtab":
                continue
            strings = self.sections[header["link"]][1]
            form = "IBBHQQ" if self.wide else "IIIBBH"
            for offset in range(header["offset"], header["offset"] + header["size"], header["entry"]):
                fields = struct.unpack_from(self.order + form, self.content, offset)
                size, info = (fields[5], fields[1]) if self.wide else (fields[2], fields[3])
                if info & 15 in (1, 2) and size:
                    yield self._string(strings, {"name": fields[0]}), size


STANDARD = {"core", "alloc", "std", "compiler_builtins", "hashbrown", "memchr", "rustc_demangle", "panic_abort", "addr2line"}
LEGACY = re.compile(r"_ZN(\d+)")
LEGACY_IMPL = re.compile(r"_\$LT\$(?:\$[A-Za-z0-9]+\$|&|\.\.|mut |dyn )*([a-z_][a-z0-9_]*)")
V0_CRATE = re.compile(r"C(?:s[0-9A-Za-z]*_)?(\d+)_?([a-z_][a-z0-9_]*)")


def crate_of(symbol):
    """The crate that a mangled name belongs to; C's names are ring's or musl's."""
    legacy = LEGACY.match(symbol)
    if legacy:
        part = symbol[legacy.end() : legacy.end() + int(legacy.group(1))]
        impl = LEGACY_IMPL.match(part)
        return impl.group(1) if impl else part
    if symbol.startswith("_R"):
        for found in V0_CRATE.finditer(symbol):
            return found.group(2)[: int(found.group(1))]
    if symbol.startswith(("ring_core", "fiat_", "x25519", "p256", "p384", "ecp_", "ChaCha20", "GFp", "aes_", "gcm_", "bn_", "fe_", "k25519", "ge_")):
        return "ring"
    return "musl and compiler-rt"


def shares(content):
    """Bytes by crate."""
    found = collections.Counter()
    for symbol, size in Elf(content).symbols():
        crate = crate_of(symbol)
        found["std" if crate in STANDARD else crate] += size
    return found


def report(path, symbols):
    """Prints the tables; returns (stripped, xz)."""
    content = path.read_bytes()
    compressed = len(lzma.compress(content, format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME))
    zipped = len(gzip.compress(content, compresslevel=9, mtime=0))
    print(f"{path}: stripped {len(content):,}   xz -9e {compressed:,}   gzip -9 {zipped:,}")
    print("\nsection                 bytes")
    for name, header in Elf(content).sections:
        if name in SECTIONS:
            print(f"{name:<20} {header['size']:>8,}")
    if symbols:
        found = shares(symbols.read_bytes())
        total = sum(found.values())
        print("\ncrate                   bytes   share")
        for crate, size in found.most_common(24):
            print(f"{crate:<20} {size:>8,}  {100 * size / total:5.1f} %")
    return len(content), compressed


def main():
    """Weighs, compares, says what to do."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--symbols", type=pathlib.Path)
    parser.add_argument("--stripped-limit", type=int)
    parser.add_argument("--xz-limit", type=int)
    arguments = parser.parse_args()
    stripped, compressed = report(arguments.binary, arguments.symbols)
    over = False
    for name, size, limit in (("stripped", stripped, arguments.stripped_limit), ("xz", compressed, arguments.xz_limit)):
        if limit is None:
            continue
        left = limit - size
        print(f"\nbudget, {name}: {size:,} of {limit:,} bytes" + (f", {left:,} left" if left >= 0 else f": {-left:,} TOO MANY"))
        over = over or left < 0
    if over:
        sys.exit("size: over the budget. `scripts/cross/size.sh` shows which crate grew; a router's flash is small.")


if __name__ == "__main__":
    main()
