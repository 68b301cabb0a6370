"""Writes an .ipk: a gzipped tar of debian-binary, data.tar.gz and control.tar.gz, the same bytes from the same input.

Owners are root, times are the commit's, entries come in the order of their names, gzip headers carry no name and no
time. What goes in is decided by build.py.
"""

import gzip
import io
import tarfile


class Tree:
    """The files of an archive: path without a leading slash → (content, mode). Directories follow from the paths."""

    def __init__(self):
        self.files = {}
        self.directories = {}

    def add(self, path, content, mode):
        self.files[path] = (content, mode)

    def directory(self, path, mode):
        self.directories[path] = mode

    def all_directories(self):
        """The mode of every directory that a path goes through."""
        found = {path: mode for path, mode in self.directories.items()}
        for path in list(self.files) + list(self.directories):
            parts = path.split("/")[:-1]
            for end in range(1, len(parts) + 1):
                found.setdefault("/".join(parts[:end]), 0o755)
        return found

    def copy(self):
        """Another tree of the same files."""
        other = Tree()
        other.files, other.directories = dict(self.files), dict(self.directories)
        return other

    def size(self):
        """The bytes of the files."""
        return sum(len(content) for content, _ in self.files.values())

    def tar_gz(self, epoch):
        """The tree as a .tar.gz, as opkg's own tools lay it out: "./" first, then everything by name."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
            directories = self.all_directories()
            _add_directory(archive, "./", 0o755, epoch)
            for path in sorted(list(directories) + list(self.files)):
                if path in self.files:
                    content, mode = self.files[path]
                    _add_file(archive, "./" + path, content, mode, epoch)
                else:
                    _add_directory(archive, "./" + path + "/", directories[path], epoch)
        return _gzip(buffer.getvalue())


def ipk(control, data, epoch):
    """The package of a control tree and a data tree."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        _add_file(archive, "./debian-binary", b"2.0\n", 0o644, epoch)
        _add_file(archive, "./data.tar.gz", data.tar_gz(epoch), 0o644, epoch)
        _add_file(archive, "./control.tar.gz", control.tar_gz(epoch), 0o644, epoch)
    return _gzip(buffer.getvalue())


def _entry(name, mode, epoch):
    entry = tarfile.TarInfo(name)
    entry.mode, entry.mtime = mode, epoch
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


def _add_directory(archive, name, mode, epoch):
    entry = _entry(name, mode, epoch)
    entry.type = tarfile.DIRTYPE
    archive.addfile(entry)


def _add_file(archive, name, content, mode, epoch):
    entry = _entry(name, mode, epoch)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _gzip(content):
    return gzip.compress(content, compresslevel=9, mtime=0)
