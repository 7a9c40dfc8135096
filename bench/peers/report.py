"""Results as text: one table a case while it runs, one Markdown table of all at the end. Losses stand beside wins."""
import pathlib
import re

PEERS = {"onnxruntime", "ort-nospin", "openvino", "ov-nncf", "ncnn", "litert"}
CALM_SHARE_MIN = 0.5  # of an engine's runs: with fewer its median says more about the other users of the machine


def cpu_name():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    fields = dict(re.split(r"\s*:\s*", line, maxsplit=1) for line in lines if ":" in line)
    return f"{fields['model name']} (family {fields['cpu family']}, model {fields['model']})"


def cpu_slug(name):
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def best_peer(rows, key="p50_ms"):
    """(name, row) of the fastest peer; (None, None) where none ran."""
    ran = [(row[key], name, row) for name, row in rows.items() if name in PEERS and key in row]
    return min(ran, key=lambda entry: entry[0])[1:] if ran else (None, None)


def basis(rows):
    """p50 where the machine was ours; else the median of the processor time, which with one thread is the same less
    what others took; else the least time."""
    calm = min((row["calm_share"] for row in rows.values() if "calm_share" in row), default=1)
    if calm >= CALM_SHARE_MIN:
        return "p50_ms"
    return "cpu_ms" if all(row.get("threads", 1) == 1 for row in rows.values()) else "min_ms"


def ratio(rows, key=None):
    """The fastest peer's time over ours; None where either is missing. Above 1 we are faster."""
    key = key or basis(rows)
    name, row = best_peer(rows, key)
    return row[key] / rows["hedge"][key] if name and key in rows["hedge"] else None


def percent_of_limit(result, peaks, threads, milliseconds):
    """Time of the model's MACs on registers alone, over the time it took."""
    peak = peaks["int8_gmacs" if result["kind"] == "int8" else "fp32_gmacs"] * threads * 1e9
    return 100 * result["macs"] / peak / (milliseconds / 1e3) if result.get("macs") and peak else None


def shown(value, text):
    return "-" if value is None else text.format(value)


def engine_row(name, row, key, result, threads, peaks):
    if "skipped" in row:
        return f"  {name:<12} skipped: {row['skipped']}"
    against = row["agreement"]
    words = against.get("mismatch") or f"cos {against['cosine']:.6f} err {against['max_error']:.1e}"
    limit = percent_of_limit(result, peaks, threads, row[key])
    calm = "" if row["calm_share"] > 0.95 else f"  (calm runs {100 * row['calm_share']:.0f} %)"
    times = " ".join(f"{row[which]:>9.4f}" for which in ("p50_ms", "p99_ms", "cpu_ms", "min_ms"))
    return (f"  {name:<12} {times} "
            f"{shown(limit, '{:.1f}'):>6} {row['build_ms']:>9.1f} {row['model_mib']:>8.1f} "
            f"{row['null_call_us']:>6.2f}  {words}{calm}")


def text_table(result, threads, peaks):
    rows = result["threads"][str(threads)]
    macs, size = result.get("macs"), result["engine_file_bytes"]
    head = (f"{result['model']} {result['kind'].upper()}, {threads} thread(s): {shown(macs and macs / 1e6, '{:.1f}')} "
            f"MMAC, file {result['file_bytes'] / 2**20:.2f} MiB, .hedge {shown(size and size / 2**20, '{:.2f}')} MiB")
    lines = [head, f"  {'engine':<12} {'p50 ms':>9} {'p99 ms':>9} {'cpu ms':>9} {'min ms':>9} {'limit%':>6} "
                   f"{'build ms':>9} {'+MiB':>8} {'null':>6}  against the literal file"]
    lines += [engine_row(name, row, basis(rows), result, threads, peaks) for name, row in rows.items()]
    value = ratio(rows)
    if value is not None:
        verdict = "" if value >= 1 else "  << LOSS"
        key = basis(rows)
        lines.append(f"  ratio {value:.2f} of {key[:3]} to {best_peer(rows, key)[0]} (p50 {ratio(rows, 'p50_ms'):.2f}, "
                     f"min {ratio(rows, 'min_ms'):.2f}){verdict}")
    return "\n".join(lines) + "\n"


COLUMNS = ["model", "kind", "threads", "Hedge p50 ms", "p99 ms", "fastest peer", "its p50 ms", "its p99 ms", "ratio",
           "% of the limit", "build ms (peer's)", "file MiB (ONNX's)", "memory of the model MiB (peer's)", "cosine"]


def markdown_row(result, threads, peaks):
    rows = result["threads"][threads]
    key = basis(rows)
    ours, (name, peer) = rows["hedge"], best_peer(rows, key)
    begin = f"| {result['model']} | {result['kind'].upper()} | {threads} | "
    if "skipped" in ours:
        return begin + f"does not run: {ours['skipped']} |" + " |" * (len(COLUMNS) - 4)
    value, mark = ratio(rows), "" if key == "p50_ms" else "~"
    size = result["engine_file_bytes"]
    cells = [f"{mark}{ours[key]:.3f}", f"{ours['p99_ms']:.3f}", name or "-",
             f"{mark}{peer[key]:.3f}" if peer else "-", f"{peer['p99_ms']:.3f}" if peer else "-",
             "-" if value is None else f"**{mark}{value:.2f}**" if value >= 1 else f"{mark}{value:.2f} (loss)",
             shown(percent_of_limit(result, peaks, int(threads), ours[key]), "{:.0f}"),
             f"{ours['build_ms']:.0f} ({peer['build_ms']:.0f})" if peer else f"{ours['build_ms']:.0f}",
             f"{shown(size and size / 2**20, '{:.2f}')} ({result['file_bytes'] / 2**20:.2f})",
             f"{ours['model_mib']:.0f} ({peer['model_mib']:.0f})" if peer else f"{ours['model_mib']:.0f}",
             ours["agreement"].get("mismatch") or f"{ours['agreement']['cosine']:.5f}"]
    return begin + " | ".join(cells) + " |"


def markdown(data):
    peaks = data["peaks"]
    versions = {name: row["version"] for case in data["cases"] for rows in case["threads"].values()
                for name, row in rows.items() if "version" in row}
    lines = [f"{data['date'][:10]}, {data['cpu']}, {data['cores']} cores; measured peak of a core: INT8 "
             f"{peaks['int8_gmacs']:.0f}, FP32 {peaks['fp32_gmacs']:.0f} GMAC/s. "
             + ", ".join(f"{name} {version}" for name, version in versions.items())
             + ". A ratio with ~ is of processor times (2 threads: the least times): the machine was busy.", "",
             "| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += [markdown_row(case, threads, peaks) for case in data["cases"] for threads in case["threads"]]
    return "\n".join(lines) + "\n"
