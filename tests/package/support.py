"""What the package tests share: an .ipk to look into, and a small root to run router scripts in.

A root is a directory with busybox, stubs of procd's and UCI's shell functions that write down every call, and the
files of the package; scripts run in it by chroot, under busybox ash and under dash, with their real paths.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
STUBS = pathlib.Path(__file__).resolve().parent / "stubs"
SHELLS = ("ash", "dash")
EPOCH = "1764000000"
USER_ID = 461

# The init script only says that it was called, and knows whether it is enabled.
CALLED = """#!/bin/sh
echo "${0##*/} $*" >> /calls
case "$1" in
enable) : > /enabled ;;
disable) rm -f /enabled ;;
enabled) [ -e /enabled ] ;;
esac
"""

sys.path[:0] = [str(ROOT / "scripts/packages"), str(ROOT / "scripts/bench")]


def temporary(test):
    """A directory that goes with the test."""
    directory = tempfile.mkdtemp(prefix="ddnsd-package-")
    test.addCleanup(shutil.rmtree, directory, ignore_errors=True)
    return pathlib.Path(directory)


def build(out, binary=None, files=None, makefile=None, **variables):
    """Makes the packages for mips_24kc; the paths of the .ipk and of the .apk. Without a binary, bytes that stand for one."""
    if binary is None:
        out.mkdir(parents=True, exist_ok=True)
        binary = out / "program"
        binary.write_bytes(b"\x7fELF stands for the program\n" * 100)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH, **variables}
    command = [sys.executable, str(ROOT / "scripts/packages/build.py"), "--arch", "mips_24kc"]
    command += ["--binary", str(binary), "--out", str(out)]
    if files is not None:
        command += ["--files", str(files)]
    if makefile is not None:
        command += ["--makefile", str(makefile)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return [pathlib.Path(line) for line in done.stdout.splitlines()]


def build_ipk(*arguments, **named):
    """The .ipk alone."""
    return build(*arguments, **named)[0]


def open_ipk(path):
    """The two archives inside: (control, data), as open tar files."""
    with tarfile.open(path, "r:gz") as outer:
        members = {member.name: outer.extractfile(member).read() for member in outer.getmembers()}
    return tuple(_tar(members[f"./{name}.tar.gz"]) for name in ("control", "data"))


def _tar(content):
    import io

    return tarfile.open(fileobj=io.BytesIO(content), mode="r:gz")


def read(archive, name):
    """A member's text."""
    return archive.extractfile("./" + name).read().decode()


class RouterRoot:
    """A root to run the router's scripts in. Needs to be root, for chroot and chown."""

    def __init__(self, test, shell):
        self.path = temporary(test)
        self.shell = shell
        for directory in ("bin", "etc", "lib", "tmp", "var/run", "dev"):
            (self.path / directory).mkdir(parents=True, exist_ok=True)
        busybox = shutil.which("busybox")
        if not busybox:
            raise RuntimeError("busybox-static is not installed: scripts/checks/packages.sh installs it")
        shutil.copy(busybox, self.path / "bin/busybox")
        subprocess.run(["chroot", self.path, "/bin/busybox", "--install", "-s", "/bin"], check=True)
        if shell == "dash":
            self.take_program("/bin/dash", "bin/sh")
        os.mknod(self.path / "dev/null", 0o666 | 0o020000, os.makedev(1, 3))
        os.chmod(self.path / "dev/null", 0o666)
        shutil.copytree(ROOT / "files", self.path, dirs_exist_ok=True)
        os.chmod(self.path / "etc/config/ddnsd", 0o600)
        shutil.copy(STUBS / "rc.common", self.path / "etc/rc.common")
        shutil.copy(STUBS / "functions.sh", self.path / "lib/functions.sh")
        self.write("etc/passwd", f"root:x:0:0:root:/root:/bin/sh\nddnsd:x:{USER_ID}:{USER_ID}::/var/run/ddnsd:/bin/false\n")
        self.write("etc/group", f"root:x:0:\nddnsd:x:{USER_ID}:\n")
        self.write("etc/resolv.conf", "search lan\nnameserver 127.0.0.1\nnameserver ::1\n")
        self.program("#!/bin/sh\nexit 0\n")

    def take_program(self, program, target):
        """A dynamic program with its libraries."""
        (self.path / target).unlink(missing_ok=True)
        shutil.copy(program, self.path / target)
        for line in subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout.splitlines():
            for word in line.split():
                if word.startswith("/"):
                    (self.path / word.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(word, self.path / word.lstrip("/"))

    def program(self, text):
        """What stands for the daemon's program."""
        self.write("usr/bin/ddnsd", text, 0o755)

    def write(self, path, text, mode=0o644):
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        os.chmod(file, mode)

    def run(self, script, **environment):
        """Runs shell text in the root; returns its exit status. Output is kept in `self.output`."""
        done = subprocess.run(
            ["chroot", self.path, "/bin/sh", "-c", script],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.output = done.stdout + done.stderr
        return done.returncode

    def service(self, action):
        """What `/etc/init.d/ddnsd ACTION` does; the calls that it made, in order."""
        calls = self.path / "calls"
        calls.unlink(missing_ok=True)
        self.status = self.run(f"/bin/sh /etc/rc.common /etc/init.d/ddnsd {action}")
        return calls.read_text().splitlines() if calls.exists() else []
