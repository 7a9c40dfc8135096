"""The ratios of a run as one SVG: a bar each case, on a logarithmic axis around 1. Losses point left, in red."""
import math
from xml.sax.saxutils import escape

from report import basis, best_peer, ratio

LEFT, RIGHT, ROW, TOP, WIDTH = 330, 130, 18, 62, 900
TITLE = "Fastest peer's time over Hedge's (right of 1: Hedge is faster)"
WIN, LOSS = "#2a7f62", "#c0392b"


def bars(data):
    """(label, ratio, peer) of what both ran."""
    for case in data["cases"]:
        for threads, rows in case["threads"].items():
            value = ratio(rows)
            if value is not None:
                yield f"{case['model']} {case['kind'].upper()} {threads}T", value, best_peer(rows, basis(rows))[0]


def ratios_svg(data):
    rows = list(bars(data))
    height = TOP + ROW * len(rows) + 30
    low = min([0.5, *(value for _, value, _ in rows)])
    high = max([2.0, *(value for _, value, _ in rows)])
    scale = (WIDTH - LEFT - RIGHT) / math.log(high / low)

    def x_of(value):
        return LEFT + math.log(value / low) * scale

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>',
             f'<text x="10" y="20" font-size="15">{escape(TITLE)}</text>',
             f'<text x="10" y="38" fill="#555">{escape(data["cpu"])}, {data["date"][:10]}</text>']
    for tick in (0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8):
        if low <= tick <= high:
            x = x_of(tick)
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{height - 24}" '
                         f'stroke="{"#333" if tick == 1 else "#ddd"}"/>'
                         f'<text x="{x:.1f}" y="{TOP - 9}" text-anchor="middle" fill="#555">{tick}</text>')
    for k, (label, value, peer) in enumerate(rows):
        y, (start, end) = TOP + ROW * k, sorted((x_of(1), x_of(value)))
        parts.append(f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(label)}</text>'
                     f'<rect x="{start:.1f}" y="{y + 3}" width="{max(end - start, 1):.1f}" height="{ROW - 6}" '
                     f'fill="{WIN if value >= 1 else LOSS}"/>'
                     f'<text x="{end + 5:.1f}" y="{y + 13}">{value:.2f} '
                     f'<tspan fill="#888">{escape(peer)}</tspan></text>')
    return "\n".join(parts) + "\n</svg>\n"
