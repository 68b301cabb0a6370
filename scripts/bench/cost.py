"""What ddnsd's instructions go into, by the functions that callgrind has counted them in (each its own, not its callees')."""

import re
import subprocess

from tools import RELEASE, Service, Tool

#: ddnsd with its symbols; scripts/bench/run.sh makes it.
SYMBOLS = RELEASE / "ddnsd.symbols"

# The first that fits: matched against "file:function [object]".
SORTS = (
    ("P-384: the chain's signatures", r"p384|nistz384|bn_mul_mont|LIMBS|limbs|fipsmodule/(ec|bn)/(?!.*256)"),
    ("P-256: the server's signature in the handshake", r"p256|nistz256"),
    ("X25519: the key exchange", r"25519"),
    ("hashes and ciphers", r"sha\d|sha_|aes|ghash|gcm|chacha|poly1305|hkdf|ring::(digest|hmac|aead)"),
    ("the CA file searched for the chain's root", r"anchors|verify_server_cert|base64|memchr|BufReader|read_until|skip_until"),
    ("TLS and certificates: the protocol", r"rustls|webpki|ring"),
    ("the program's start: the loader", r"ld-linux"),
    ("HTTP", r"http"),
    ("memory taken, given back, copied", r"malloc|free|alloc|mem(cpy|move|set|cmp)|realloc|copy_from_slice|to_vec"),
    ("all else: configuration, decision, state, log, the C library", r""),
)


def breakdown(folder):
    """Instructions by sort, of an update over TLS and of one without."""
    results = {}
    for task, key in (("tls", "p384"), ("plain", None)):
        service = Service(key)
        tool = Tool("ddnsd", folder / f"cost-{task}", service)
        tool.command[0] = str(SYMBOLS)
        out = tool.folder / "cost.out"
        tool.run("/usr/bin/valgrind", "--tool=callgrind", f"--callgrind-out-file={out}")
        service.close()
        text = subprocess.run(["callgrind_annotate", "--threshold=100", "--auto=no", out], capture_output=True, text=True, check=True).stdout
        sums = dict.fromkeys((name for name, _ in SORTS), 0)
        for count, function in re.findall(r"^\s*([\d,]+) \([ \d.]+%\)  (\S*:.*)$", text, re.M):
            name = next(name for name, pattern in SORTS if re.search(pattern, function))
            sums[name] += int(count.replace(",", ""))
        whole = int(re.search(r"([\d,]+) .*PROGRAM TOTALS", text)[1].replace(",", ""))
        results[task] = {"sorts": sums, "whole": whole}
    return results
