#!/usr/bin/env python3
"""Makes docs/man/ddnsd.5 of the tables in docs/configuration.md; with --check, says whether it is up to date."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "docs/configuration.md"
TARGET = ROOT / "docs/man/ddnsd.5"

HEAD = r""".\" Made by scripts/manual.py of docs/configuration.md: change that.
.Dd November 25, 2026
.Dt DDNSD 5
.Os OpenWrt
.Sh NAME
.Nm ddnsd
.Nd configuration of the dynamic DNS client
.Sh DESCRIPTION
.Pa /etc/config/ddnsd
is a UCI file.
A section
.Ql config account 'home'
for each login at a service is enough, with three lines:
.Bd -literal -offset indent
option username 'user@example.com'
option password 'secret'
list hostname 'home.ddns.net'
.Ed
.Pp
.Ic ddnsd check
prints every mistake with its line.
An account with a mistake is left out, the others run.
"""

TAIL = r""".Sh FILES
.Bl -tag -width Ds
.It Pa /etc/config/ddnsd
the configuration
.It Pa /usr/share/ddnsd/services.json
the table of services
.It Pa /etc/ddnsd/services.d/*.json
a person's own services
.El
.Sh SEE ALSO
.Xr ddnsd 8
"""


def text(cell):
    """A cell of a table as text of a manual page."""
    cell = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", cell).replace("\\|", "|")
    cell = cell.replace("**", "").replace("`", "").replace("\\", "\\e").replace("–", "\\(en").replace("…", "...")
    cell = "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in cell)
    # A sentence a line; a line that begins with a dot or a quote would be a request.
    lines = re.sub(r"([.:?]) (?=[A-Z])", r"\1\n", cell.strip()).split("\n")
    return "\n".join("\\&" + line if line[:1] in ".'" else line for line in lines)


def page():
    out = [HEAD]
    inside = False
    for line in SOURCE.read_text().splitlines():
        heading = re.match(r"(#{2,3}) (.*)", line)
        row = re.match(r"\| `([a-z0-9_]+)`(?: \([^)]*\))? \| (.*) \| (.*) \| (.*) \|$", line)
        if inside and not line.startswith("|"):
            out.append(".El\n")
            inside = False
        if heading and heading[2] in ("config global", "config account"):
            out.append(f".Sh {heading[2].upper()}\n")
        elif heading and heading[1] == "###" and heading[2][:1].isupper():
            out.append(f".Ss {heading[2]}\n")
        elif heading:
            out.append("")
        elif row:
            if not inside:
                out.append(".Bl -tag -width Ds\n")
                inside = True
            name, values, default, meaning = row.groups()
            default = text(default)
            shown = "" if default in ("\\(en", "") else f"\n(default: {default})"
            out.append(f".It Cm {name}\n{text(values)}{shown}\n.br\n{text(meaning)}\n")
    # A heading with no option below it says nothing here.
    made = re.sub(r"\.Ss [^\n]*\n(?=\.S[sh] |\Z)", "", "".join(out) + TAIL)
    return re.sub(r"\.Ss [^\n]*\n(?=\.S[sh] )", "", made)


def main():
    if sys.argv[1:] == ["--check"]:
        if TARGET.read_text() != page():
            sys.exit(f"{TARGET.relative_to(ROOT)} is out of date: run scripts/manual.py")
        return
    TARGET.write_text(page())


main()
