"""The tables and plots of docs/performance.md, from what scripts/bench.py measured."""

from statistics import median

BEGIN, END = "<!-- measured: written by scripts/bench.sh -->", "<!-- end of what was measured -->"
COLOURS = {"ddnsd": "#2a6fb0", "inadyn": "#c0722b", "ddclient": "#6a8f3a", "curl": "#7a7a7a"}
TASKS = {
    "tls": "One update over TLS, 140 certificates in the CA file",
    "plain": "One update over plain HTTP",
    "nothing": "Nothing to do: the address is the one that was acknowledged",
}


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def spread(values, digits=1):
    ordered = sorted(values)
    low, high = ordered[len(ordered) // 10], ordered[-1 - len(ordered) // 10]
    return f"{median(ordered):.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def millions(value):
    return f"{value / 1e6:.2f} M"


def tables(results):
    machine, binary = results["machine"], results["binary"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    parts = [
        f"Machine: {machine['processor']}, {machine['memory_mb']} MB, Linux {machine['kernel']}, rustc {machine['rustc']}; "
        f"load at the start {machine['load']}. Debian's {versions}.\n",
        f"ddnsd's release binary for x86-64, stripped: **{binary['size']:,} bytes**; "
        f"crates in its dependency tree: **{binary['crates']}**.\n",
    ]
    for task, title in TASKS.items():
        rows = []
        for name, it in results["tasks"][task].items():
            rows.append([
                name, millions(median(it["instructions"])), f"{it['peak_kb']:,}", it["system_calls"], it["processes"],
                f"{it['sent']:,} / {it['received']:,}", spread(it["wall_ms"]), spread(it["cpu_ms"]),
            ])
        head = ["", "instructions", "peak kB", "system calls", "programs", "bytes out / in", "wall ms", "CPU ms"]
        parts += [f"### {title}\n", table(head, rows)]
    parts += [latency(results["latency"]), idle(results), engine(results)]
    if results.get("mips"):
        count = results["mips"]
        parts.append(
            f"### MIPS\n\nOne update over TLS by the router's binary (`build/mips/ddnsd`, big-endian, software floating point): "
            f"**{millions(count)} instructions** as qemu-user logs them one by one. At 580 MHz and a guess of one instruction in 1.5 "
            f"cycles (24Kc: single issue, caches missing) some **{count * 1.5 / 580e6:.2f} s** of processor time.\n")
    return "\n".join(parts)


def latency(measured):
    rows = [
        [what, spread([it / 1e3 for it in measured[key][kind]], 2), len(measured[key][kind])]
        for what, key, kind in (
            ("the rig alone: a thread that hears, connects and sends (plain)", "floor", "event"),
            ("event → request, plain", "plain", "event"), ("event → request, TLS", "tls", "event"),
            ("start of the daemon → first request, plain", "plain", "start"),
            ("start of the daemon → first request, TLS", "tls", "start"),
        )
    ]
    head = ["", "ms: median (10 %–90 %)", "samples"]
    return ("### From the event to the request\n\nFrom just before netifd's notification to the moment at which the service has read the "
            "whole request.\n\n" + table(head, rows) + "\n![](performance-latency.svg)\n")


def idle(results):
    measured, renewals, flood, many = (results[key] for key in ("idle", "renewals", "flood", "accounts"))
    head = ["", "wake-ups", "CPU ms", "RSS kB", "PSS kB", "anonymous kB"]
    rows = []
    for name, it in measured.items():
        memory = it["after_exchange"]
        rows.append([name, it["wake_ups"], f"{it['cpu_ns'] / 1e6:.2f}", memory["rss_kb"], memory["pss_kb"], memory["anonymous_kb"]])
    own = measured["ddnsd"]

    def memory(it):
        return f"{it['rss_kb']:,} RSS, {it['anonymous_kb']:,} anonymous, {it['peak_rss_kb']:,} at the peak"

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
        [f"{many['accounts']:,} accounts, kB", memory(many["before_exchanges"])],
        [f"… after {many['accounts']:,} exchanges over TLS, in {many['seconds_for_all']:.1f} s, kB", memory(many["after_exchanges"])],
        [f"… after {many['exchanges']:,} exchanges, kB", memory(many["after_three_changes"])],
        ["… a change of the address, decided", f"{many['cpu_ns_change'] / 1e6:.2f} ms CPU"],
        ["… a renewal, decided", f"{many['cpu_ns_renewal'] / 1e6:.3f} ms CPU"],
    ]
    return (f"### The daemon\n\n{own['seconds']} idle seconds, after an exchange over TLS:\n\n" + table(head, rows)
            + "\n" + table(["ddnsd", ""], facts))


def fit(rows):
    """Least squares through `change_us`: per account, constant, R²."""
    xs, ys = [row["accounts"] for row in rows], [row["change_us"] for row in rows]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / sum((x - mean_x) ** 2 for x in xs)
    rest = mean_y - slope * mean_x
    wrong = sum((y - slope * x - rest) ** 2 for x, y in zip(xs, ys))
    return slope, rest, 1 - wrong / sum((y - mean_y) ** 2 for y in ys)


def engine(results):
    rows = results["engine"]
    slope, rest, square = fit(rows)
    head = ["accounts", "a change, ms", "all answers to it, ms", "a renewal, ms", "anonymous kB"]
    lines = [[f"{row['accounts']:,}", *(f"{row[key] / 1e3:.3f}" for key in ("change_us", "answers_us", "renewal_us")),
              f"{row['anonymous_kb']:,}"] for row in rows]
    return ("### Many accounts\n\nThe engine alone, in one process: netifd's notification taken in, the address chosen and the update decided "
            f"for every account.\n\n{table(head, lines)}\nFitted: {slope:.2f} µs an account + {rest:.0f} µs, R² = {square:.4f}.\n\n"
            "![](performance-accounts.svg)\n")


# -- plots ------------------------------------------------------------------------------------------------------

def svg(width, height, parts):
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
            f'<rect width="{width}" height="{height}" fill="#fff"/>')
    return head + "".join(parts) + "</svg>\n"


def text(x, y, words, anchor="start", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#222" {more}>{words}</text>'


def bars(results):
    rows = results["tasks"]["tls"]
    panels = [
        ("million instructions", {name: median(it["instructions"]) / 1e6 for name, it in rows.items()}),
        ("peak memory, MB", {name: it["peak_kb"] / 1000 for name, it in rows.items()}),
        ("system calls", {name: it["system_calls"] for name, it in rows.items()}),
    ]
    parts = [text(10, 20, TASKS["tls"], more='font-weight="bold"')]
    for number, (title, values) in enumerate(panels):
        left, top = 10 + 240 * number, 45
        parts.append(text(left, top, title))
        most = max(values.values())
        for row, (name, value) in enumerate(values.items()):
            y = top + 12 + 26 * row
            length = 110 * value / most
            parts.append(text(left, y + 13, name))
            parts.append(f'<rect x="{left + 55}" y="{y}" width="{length:.1f}" height="18" fill="{COLOURS[name]}"/>')
            parts.append(text(left + 60 + length, y + 13, f"{value:,.1f}" if value < 1000 else f"{value:,.0f}"))
    return svg(740, 175, parts)


def curves(results):
    measured = results["latency"]
    series = [("the rig alone", measured["floor"]["event"], "#7a7a7a"), ("plain", measured["plain"]["event"], "#6a8f3a"),
              ("TLS", measured["tls"]["event"], "#2a6fb0")]
    most = sorted(measured["tls"]["event"])[-1 - len(measured["tls"]["event"]) // 20]
    parts = [text(10, 20, "Event to request: share of requests there after … ms", more='font-weight="bold"')]
    parts += [text(45, 50, "100 %", "end"), text(45, 230, "0", "end")]
    parts.append('<path d="M50 45 V230 H600" fill="none" stroke="#444"/>')
    for tick in range(5):
        parts.append(text(50 + 550 * tick / 4, 246, f"{most * tick / 4000:.1f}", "middle"))
    for row, (name, values, colour) in enumerate(series):
        ordered = sorted(values)
        points = " ".join(f"{50 + 550 * min(value, most) / most:.1f},{230 - 185 * (at + 1) / len(ordered):.1f}"
                          for at, value in enumerate(ordered))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<rect x="490" y="{130 + 22 * row}" width="14" height="4" fill="{colour}"/>')
        parts.append(text(510, 136 + 22 * row, name))
    return svg(640, 256, parts)


def line(results):
    rows = results["engine"]
    slope, rest, square = fit(rows)
    most_x, most_y = rows[-1]["accounts"], max(row["change_us"] for row in rows) * 1.05

    def at(x, y):
        return 60 + 540 * x / most_x, 230 - 185 * y / most_y

    parts = [text(10, 20, f"A change of the address decided for every account, ms (R² = {square:.4f})", more='font-weight="bold"')]
    parts += [text(55, 50, f"{most_y / 1e3:.1f}", "end"), text(55, 230, "0", "end"), text(600, 246, f"{most_x:,} accounts", "end")]
    parts.append('<path d="M60 45 V230 H600" fill="none" stroke="#444"/>')
    (x1, y1), (x2, y2) = at(0, rest), at(most_x, rest + slope * most_x)
    parts.append(f'<path d="M{x1:.1f} {y1:.1f} L{x2:.1f} {y2:.1f}" stroke="#2a6fb0"/>')
    for row in rows:
        x, y = at(row["accounts"], row["change_us"])
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#c0722b"/>')
    return svg(640, 256, parts)


def write(folder, results, words):
    plots = {"performance-update.svg": bars, "performance-latency.svg": curves, "performance-accounts.svg": line}
    for name, draw in plots.items():
        (folder / name).write_text(draw(results))
    page = folder / "performance.md"
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n![](performance-update.svg)\n\n{words}\n{END}{after}")
