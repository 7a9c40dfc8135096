#!/usr/bin/python3
"""House style as a test. The message names what to do instead.

A ratchet: files that are already over a limit stand in tools/style_ratchet.txt with their size and may not grow.
`--update` writes the table anew, only ever downwards.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RATCHET = ROOT / "tools" / "style_ratchet.txt"
LINES_MAX = 500
COLUMNS_MAX = 120
BANNED_NAMES = {"util", "utils", "common", "helpers", "misc"}
BANNED_TEXT = [
    (re.compile(r"\bTODO\b|\bFIXME\b|\bXXX\b"), "do it, or open an issue"),
    (re.compile(r"^\s*using namespace (?!std::chrono_literals).*;"), "name what you use"),
    (re.compile(r"\bnew [A-Z]\w*[({]|\bdelete "), "own by value or unique_ptr"),
    (re.compile(r"\bassert\("), "HEDGE_CHECK for bugs, Error for bytes from outside"),
]
SOURCES = (".h", ".cc", ".py", ".cmake", ".sh")


def tracked_files():
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if names.returncode != 0:  # an unpacked archive
        return [p for p in ROOT.rglob("*") if p.is_file() and "build" not in p.relative_to(ROOT).parts[0]]
    return [ROOT / name for name in names.stdout.splitlines() if (ROOT / name).is_file()]


def read_ratchet():
    if not RATCHET.exists():
        return {}
    rows = (line.split() for line in RATCHET.read_text().splitlines() if line and not line.startswith("#"))
    return {name: int(lines) for name, lines in rows}


def check(path, allowed, oversize):
    name = str(path.relative_to(ROOT))
    for part in path.relative_to(ROOT).parts:
        if part.split(".")[0] in BANNED_NAMES:
            yield f"{name}: a drawer named '{part}' hides what is in it: name it by what it does"
    if path.suffix not in SOURCES or name == "tools/check_style.py":
        return
    lines = path.read_text().splitlines()
    limit = allowed.get(name, LINES_MAX)
    if len(lines) > LINES_MAX:
        oversize[name] = len(lines)
    if len(lines) > limit:
        yield f"{name}: {len(lines)} lines, at most {limit}: split it by idea"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            yield f"{name}:{number}: {len(line)} columns, at most {COLUMNS_MAX}: ./dev format"
        if path.suffix in (".h", ".cc"):
            for pattern, advice in BANNED_TEXT:
                if pattern.search(line) and "NOLINT" not in line:
                    yield f"{name}:{number}: '{pattern.search(line)[0].strip()}': {advice}"
    if path.suffix in (".h", ".cc") and not name.endswith("_test.cc") and path.suffix == ".h":
        if not lines or not lines[0].startswith("//"):
            yield f"{name}: open the file with what it is for and the idea behind it"
        if "#pragma once" not in lines:
            yield f"{name}: #pragma once is missing"


def main():
    allowed, oversize = read_ratchet(), {}
    found = [message for path in tracked_files() for message in check(path, allowed, oversize)]
    if "--update" in sys.argv:
        kept = {name: min(lines, allowed.get(name, lines)) for name, lines in oversize.items()}
        RATCHET.write_text("# file lines: may shrink, never grow\n" + "".join(f"{n} {l}\n" for n, l in sorted(kept.items())))
    print("\n".join(found) if found else "style: nothing to say")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
