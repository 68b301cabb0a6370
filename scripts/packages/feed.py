"""Reads an OpenWrt feed Makefile, as far as a package of ours needs: variables, and define … endef blocks.

The feed's Makefile is the one place where names, versions, dependencies and maintainer scripts are written down;
the .ipk files are made from what it says. This is no make: conditionals and functions are left alone.
"""

import re

_VARIABLE = re.compile(r"^\s*([A-Za-z_][A-Za-z0-9_-]*)\s*:?=\s*(.*?)\s*$")
_DEFINE = re.compile(r"^define\s+(\S+)\s*$")
_REFERENCE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")


class Feed:
    """What one Makefile says."""

    def __init__(self, text):
        self.variables = {}
        self.blocks = {}
        block = None
        for line in text.splitlines():
            if block is not None:
                if line.strip() == "endef":
                    block = None
                else:
                    self.blocks[block].append(line)
                continue
            start = _DEFINE.match(line)
            if start:
                block = start.group(1)
                self.blocks[block] = []
                continue
            variable = _VARIABLE.match(line)
            if variable:
                self.variables[variable.group(1)] = variable.group(2)

    def variable(self, name, default=""):
        """A variable's value, the variables in it replaced."""
        return self._expand(self.variables.get(name, default))

    def field(self, package, name, default=""):
        """A field of `define Package/NAME`, such as TITLE or DEPENDS."""
        for line in self.blocks.get(f"Package/{package}", []):
            variable = _VARIABLE.match(line)
            if variable and variable.group(1) == name:
                return self._expand(variable.group(2))
        return default

    def lines(self, package, part):
        """The lines of `define Package/NAME/PART`; empty if there is none."""
        return [line.replace("$$", "$") for line in self.blocks.get(f"Package/{package}/{part}", [])]

    def script(self, package, part):
        """A maintainer script, or None."""
        lines = self.lines(package, part)
        return "".join(line + "\n" for line in lines) if lines else None

    def dependencies(self, package):
        """Names only: what makes a build wanted (@…, $(…)) and the + of a selection are buildroot's business."""
        words = self.field(package, "DEPENDS").split()
        return [word.lstrip("+") for word in words if not word.startswith(("@", "$"))]

    def _expand(self, value):
        for _ in range(8):
            replaced = _REFERENCE.sub(lambda found: self.variables.get(found.group(1), found.group(0)), value)
            if replaced == value:
                break
            value = replaced
        return value
