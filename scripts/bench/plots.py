"""The plots of docs/performance.md, and the writing of the page."""

from statistics import median

from engine import fit
from report import TASKS

BEGIN, END = "<!-- measured: written by scripts/bench/run.sh -->", "<!-- end of what was measured -->"
COLOURS = {
    "ddnsd": "#2a6fb0", "ddnsd-static": "#5b9bd5", "inadyn": "#c0722b", "ddclient": "#6a8f3a", "ddns-scripts": "#9a4f96",
    "curl": "#7a7a7a",
}


def svg(width, height, parts):
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
            f'<rect width="{width}" height="{height}" fill="#fff"/>')
    return head + "".join(parts) + "</svg>\n"


def text(x, y, words, anchor="start", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#222" {more}>{words}</text>'


def bars(results):
    rows = results["tasks"]["tls"]
    counts = {name: median(it["instructions"]) for name, it in rows.items() if it["instructions"]}
    if emulated := results["router"]["instructions"].get("x86_64"):
        counts["ddnsd-static"] = emulated["p384"]["instructions"]
    counts = {name: counts[name] for name in rows if name in counts}
    panels = [
        ("million instructions", {name: count / 1e6 for name, count in counts.items()}),
        ("peak memory, MB", {name: it["peak_kb"] / 1000 for name, it in rows.items()}),
        ("system calls", {name: it["system_calls"] for name, it in rows.items()}),
    ]
    parts = [text(10, 20, TASKS["tls"], more='font-weight="bold"')]
    for number, (title, values) in enumerate(panels):
        left, top = 10 + 270 * number, 45
        parts.append(text(left, top, title))
        most = max(values.values())
        for row, (name, value) in enumerate(values.items()):
            y = top + 12 + 26 * row
            length = 100 * value / most
            parts.append(text(left, y + 13, name))
            parts.append(f'<rect x="{left + 82}" y="{y}" width="{length:.1f}" height="18" fill="{COLOURS[name]}"/>')
            parts.append(text(left + 87 + length, y + 13, f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"))
    return svg(830, 45 + 26 * len(rows) + 20, parts)


def curves(results):
    measured = results["latency"]
    series = [("the rig alone", measured["floor"]["event"], "#7a7a7a"), ("plain", measured["plain"]["event"], "#6a8f3a"),
              ("TLS", measured["tls"]["event"], "#2a6fb0")]
    if measured["tls"]["curl"]:
        series.append(("curl, TLS", measured["tls"]["curl"], "#c0722b"))
    most = max(sorted(values)[-1 - len(values) // 20] for _, values, _ in series)
    parts = [text(10, 20, "Event (of curl: its start) to request: share of requests there after … ms", more='font-weight="bold"')]
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
    rows = [{**row, "both": row["change_us"] + row["answers_us"]} for row in results["engine"]]
    parts = [text(10, 20, "A change of the address with all its answers", more='font-weight="bold"')]
    most_x = rows[-1]["accounts"]
    for number, (key, title, unit) in enumerate((("instructions", "million instructions", 1e6), ("both", "ms", 1e3))):
        slope, rest, square = fit(rows, key)
        left, most_y = 60 + 340 * number, max(row[key] for row in rows) * 1.05

        def at(x, y):
            return left + 250 * x / most_x, 230 - 175 * y / most_y

        parts += [text(left, 45, f"{title} (R² = {square:.4f})"), text(left - 5, 62, f"{most_y / unit:.0f}", "end")]
        parts += [text(left - 5, 230, "0", "end"), text(left + 250, 246, f"{most_x:,} accounts", "end")]
        parts.append(f'<path d="M{left} 55 V230 H{left + 250}" fill="none" stroke="#444"/>')
        (x1, y1), (x2, y2) = at(0, max(rest, 0)), at(most_x, rest + slope * most_x)
        parts.append(f'<path d="M{x1:.1f} {y1:.1f} L{x2:.1f} {y2:.1f}" stroke="#2a6fb0"/>')
        for row in rows:
            x, y = at(row["accounts"], row[key])
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#c0722b"/>')
    return svg(700, 256, parts)


def write(folder, results, words):
    plots = {"performance-update.svg": bars, "performance-latency.svg": curves, "performance-accounts.svg": line}
    for name, draw in plots.items():
        (folder / name).write_text(draw(results))
    page = folder / "performance.md"
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n![](performance-update.svg)\n\n{words}\n{END}{after}")
