"""The tables of docs/performance.md, from what scripts/bench/main.py measured."""

from statistics import median

from engine import fit

TASKS = {
    "tls": "One update over TLS, 140 certificates in the CA file",
    "plain": "One update over plain HTTP",
    "nothing": "Nothing to do: the address is the one that was acknowledged",
}
#: 24Kc at 580 MHz: assumed, see docs/performance.md.
CLOCK, FEWEST, MOST, MISS = 580e6, 1.3, 2.0, 100e-9


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def spread(values, digits=1):
    ordered = sorted(values)
    low, high = ordered[len(ordered) // 10], ordered[-1 - len(ordered) // 10]
    return f"{median(ordered):.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def millions(value):
    return f"{value / 1e6:.2f} M"


def memory(it):
    peak = f", {it['peak_rss_kb']:,} at the peak" if "peak_rss_kb" in it else ""
    return f"{it['rss_kb']:,} RSS, {it['anonymous_kb']:,} anonymous{peak}"


def tables(results):
    return "\n".join(part(results) for part in (head, one_shots, cost, latency, daemons, router, engine))


def head(results):
    machine, binary = results["machine"], results["binary"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    routers = "".join(f"; {name}: **{size:,}**" for name, size in binary["router"].items())
    busy = "**Other work ran on this machine at the same time: what is in milliseconds is longer than it has to be.**\n\n"
    return ((busy if machine["load"][0] > 1.5 else "") + f"Machine: {machine['processor']}, {machine['memory_mb']} MB, Linux {machine['kernel']}, rustc {machine['rustc']}; commit "
            f"{machine['commit']}; load at the start {machine['load'][0]}, at the end {machine['load'][-1]}. Debian's {versions}.\n\n"
            f"ddnsd's release binary for x86-64, stripped: **{binary['size']:,} bytes**{routers}; crates in its dependency tree: "
            f"**{binary['crates']}**.\n")


def one_shots(results):
    parts = []
    emulated = results["router"]["instructions"].get("x86_64", {})
    for task, title in TASKS.items():
        rows = []
        for name, it in results["tasks"][task].items():
            counted = millions(median(it["instructions"])) if it["instructions"] else "–"
            if name == "ddnsd-static" and emulated:
                counted = millions(emulated["p384" if task == "tls" else task]["instructions"]) + " ¹"
            rows.append([
                name, counted, f"{it['peak_kb']:,}", f"{it['system_calls']:,}", f"{it['programs']} / {it['processes']}",
                f"{it['sent']:,} / {it['received']:,}", spread(it["wall_ms"]), spread(it["cpu_ms"]),
            ])
        columns = ["", "instructions", "peak kB", "system calls", "programs / processes", "bytes out / in", "wall ms", "CPU ms"]
        parts += [f"### {title}\n", table(columns, rows), beside_inadyn(results["tasks"][task], task, emulated)]
    parts.append("¹ counted by qemu, see *On a router* below.\n")
    return "\n".join(parts)


def beside_inadyn(rows, task, emulated):
    if "inadyn" not in rows:
        return ""
    other = rows["inadyn"]
    parts = []
    for name in ("ddnsd", "ddnsd-static"):
        if name not in rows:
            continue
        own = rows[name]
        counted = median(own["instructions"]) if own["instructions"] else emulated.get("p384" if task == "tls" else task, {}).get("instructions")
        share = f"{counted / median(other['instructions']):.0%} of the instructions and " if counted else ""
        parts.append(f"{name} takes {share}{own['peak_kb'] / other['peak_kb']:.0%} of the peak memory")
    return f"Of what inadyn takes, {'; '.join(parts)}.\n"


def cost(results):
    measured = results["cost"]
    rows = [
        [name, *(f"{it['sorts'][name]:,} ({it['sorts'][name] / it['whole']:.0%})" for it in measured.values())]
        for name in measured["tls"]["sorts"]
    ]
    rows.append(["all", *(f"{it['whole']:,}" for it in measured.values())])
    return ("### What the instructions go into\n\nOf one update by ddnsd, each function's own instructions sorted by its name "
            "(`scripts/bench/cost.py`).\n\n" + table(["", "over TLS", "plain"], rows))


def latency(results):
    measured = results["latency"]

    def row(what, values):
        return [what, spread([it / 1e3 for it in values], 2), len(values)] if values else [what, "–", 0]

    rows = [
        row("the rig alone: a thread that hears, connects and sends (plain)", measured["floor"]["event"]),
        row("event → request, plain", measured["plain"]["event"]), row("event → request, TLS", measured["tls"]["event"]),
        row("curl's start → its request, plain", measured["plain"]["curl"]), row("curl's start → its request, TLS", measured["tls"]["curl"]),
        row("event → answered, written down and told to the bus, plain", measured["plain"]["told"]),
        row("event → answered, written down and told to the bus, TLS", measured["tls"]["told"]),
        row("curl's start → its end, plain", measured["plain"]["curl_end"]), row("curl's start → its end, TLS", measured["tls"]["curl_end"]),
        row("start of the daemon → first request, plain: ddnsd", measured["plain"]["start"]),
        row("start of the daemon → first request, TLS: ddnsd", measured["tls"]["start"]),
    ]
    for name, times in results["starts"].items():
        for key, word in (("plain", "plain"), ("p384", "TLS")):
            rows.append([f"start of the daemon → first request, {word}: {name}", spread(times[key], 2), len(times[key])])
    return ("### From the event to the request\n\nFrom just before netifd's notification to the moment at which the service has read the "
            "whole request. After each event curl makes the same request: same service, same CA file, in the same run.\n\n"
            + table(["", "ms: median (10 %–90 %)", "samples"], rows) + "\n![](performance-latency.svg)\n")


def daemons(results):
    measured, renewals, flood = (results[key] for key in ("idle", "renewals", "flood"))
    rows = []
    for name, it in measured.items():
        now = it["after_exchange"]
        libraries = now["rss_kb"] - now["anonymous_kb"] - now["program_kb"]
        rows.append([name, it["wake_ups"], f"{it['cpu_ns'] / 1e6:.2f}", f"{now['rss_kb']:,}", f"{now['program_kb']:,}", f"{libraries:,}",
                     f"{now['anonymous_kb']:,}", f"{now['pss_kb']:,}"])
    own = measured["ddnsd"]
    text = f"### The daemon\n\n{own['seconds']} idle seconds, after an exchange over TLS; an hour is {3600 / own['seconds']:g} times as much:\n\n"
    text += table(["", "wake-ups", "CPU ms", "RSS kB", "of the program's file", "of libraries", "anonymous", "PSS kB"], rows)
    facts = [
        ["memory before the first exchange, kB", memory(own["before_exchange"])],
        ["memory after an exchange over TLS, kB", memory(own["after_exchange"])],
        ["threads when idle", own["threads"]],
        [f"a day of lease renewals ({renewals['renewals']})",
         f"{renewals['requests']} requests, {renewals['bytes_written']} bytes written, "
         f"{renewals['cpu_ns_each'] / 1e3:.0f} µs CPU each"],
        [f"{flood['notifications']:,} notifications of other addresses, in {flood['seconds']:.1f} s",
         f"{flood['requests']} requests, {flood['cpu_ns_each'] / 1e3:.0f} µs CPU each, the last address known: "
         f"{'yes' if flood['last_known'] else 'NO'}; then {memory(flood['after'])}"],
    ]
    text += "\n" + table(["ddnsd", ""], facts)
    rows = []
    for name, it in results["growth"].items():
        rows.append([f"{name}: one host, updated {it['updates']:,} times", *(f"{it[at]['rss_kb']:,} / {it[at]['anonymous_kb']:,}" for at in ("before", "after"))])
    for name, it in results["router"]["accounts"].items():
        first, *_, last = it["after_exchanges"]
        label = "ddnsd" if name == "glibc" else "ddnsd-static"
        rows.append([f"{label}: {it['accounts']:,} accounts, then two more updates of each", *(f"{at['rss_kb']:,} / {at['anonymous_kb']:,}" for at in (first, last))])
    return text + ("\nMemory after the first update over TLS, and after so many more; RSS / anonymous kB. ddnsd sends an account three updates in a "
                   "row at most, then one in five minutes, so its updates are spread over accounts.\n\n"
                   + table(["", "after the first", "after the last"], rows))


def router(results):
    measured = results["router"]
    text = "### On a router\n\nThe static binaries that are installed on one. Memory of the daemon, kB, as RSS / anonymous, over TLS with the 140 " \
           "certificates:\n\n"
    names = {"glibc": "x86-64, glibc, as measured above", "x86_64": "x86-64, static musl", "x86_64 in qemu": "the same, in qemu: is the way right?",
             "mips in qemu": "**MIPS 24Kc, 32 bits, static musl, in qemu**"}
    rows = []
    for key, name in names.items():
        if key in measured["memory"]:
            tls, plain = (measured["memory"][key][kind] for kind in ("tls", "plain"))
            rows.append([name, *(f"{it['rss_kb']:,} / {it['anonymous_kb']:,}" for it in (tls["before"], plain["peak"], tls["peak"], tls["after"]))])
    text += table(["", "before any exchange", "peak of a plain one", "peak of one over TLS", "idle after it"], rows)
    rows = []
    for name, it in measured["accounts"].items():
        values = [it["before_exchanges"], *it["after_exchanges"]]
        rows.append(["glibc" if name == "glibc" else "static musl", *(f"{at['rss_kb']:,} / {at['anonymous_kb']:,}" for at in values),
                     f"{values[-1]['peak_rss_kb']:,}", f"{it['cpu_ns_change'] / 1e6:.2f}"])
    if rows:
        text += "\nThe allocators, with 1,000 accounts:\n\n" + table(
            ["", "before", "after 1,000 updates over TLS", "2,000", "3,000", "peak RSS", "a change decided, CPU ms"], rows)
    rows = []
    names = {"check": "x86-64, glibc (callgrind above: is the way right?)", "x86_64": "x86-64, static musl", "mips": "**MIPS 24Kc, static musl**"}
    for key, name in names.items():
        if tasks := measured["instructions"].get(key):
            rows.append([name, *(millions(tasks[task]["instructions"]) for task in ("nothing", "plain", "ecdsa", "p384")), f"{tasks['p384']['code_bytes'] / 1e3:,.0f} kB"])
    text += "\nInstructions of one update, every one of them counted by qemu:\n\n" + table(
        ["", "nothing to do", "plain", "TLS, chain of P-256", "TLS, chain of P-384", "code that the last one runs"], rows)
    if tasks := measured["instructions"].get("mips"):
        words = []
        for task, name in (("nothing", "nothing to do"), ("plain", "plain"), ("ecdsa", "TLS, P-256"), ("p384", "TLS, P-384")):
            count, lines = tasks[task]["instructions"], tasks[task]["code_bytes"] / 32
            low, high = (count * each / CLOCK + lines * MISS for each in (FEWEST, MOST))
            words.append(f"{name} **{low * 1e3:,.0f}–{high * 1e3:,.0f} ms**")
        text += (f"\nEstimated processor time of a 24Kc at {CLOCK / 1e6:.0f} MHz: {', '.join(words)}. Assumed, not measured: {FEWEST} to {MOST} "
                 f"cycles an instruction, and {MISS * 1e9:.0f} ns for each line of 32 bytes of code, fetched once. The kernel's part is not in it.\n")
    return text


def engine(results):
    rows = results["engine"]
    each, rest, square = fit(rows, "instructions")
    slope, constant, in_time = fit([{**row, "both": row["change_us"] + row["answers_us"]} for row in rows], "both")
    columns = ["accounts", "instructions an account", "misses of a 2 MB cache an account", "anonymous kB an account", "a change, ms",
               "all answers to it, ms", "µs an account", "a renewal, ms"]
    lines = []
    for row in rows:
        number = row["accounts"]
        lines.append([f"{number:,}", f"{row['instructions'] / number:,.0f}", f"{row['misses'] / number:.0f}", f"{row['anonymous_kb'] / number:.1f}",
                      f"{row['change_us'] / 1e3:.3f}", f"{row['answers_us'] / 1e3:.3f}",
                      f"{(row['change_us'] + row['answers_us']) / number:.2f}", f"{row['renewal_us'] / 1e3:.3f}"])
    return ("### Many accounts\n\nThe engine alone, in one process: netifd's notification taken in, the address chosen, the update decided for every "
            f"account, and every answer taken in.\n\n{table(columns, lines)}\nFitted to the instructions: {each:,.0f} an account + {rest:,.0f}, "
            f"**R² = {square:.5f}**. To the time: {slope:.2f} µs an account + {constant:.0f} µs, R² = {in_time:.4f}.\n\n"
            "![](performance-accounts.svg)\n")
