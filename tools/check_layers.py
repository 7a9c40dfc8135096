#!/usr/bin/python3
"""Fails on any #include across components that layers.txt does not allow, so that a cycle cannot be written."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+"([a-z_0-9]+)/')


def read_layers(path):
    """Component -> what it may include; a component may only name those that stand above it."""
    layers = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(":")
        allowed = rest.split()
        for other in allowed:
            if other not in layers:
                sys.exit(f"{path.name}:{number}: '{name}' names '{other}', which does not stand above it")
        layers[name.strip()] = set(allowed)
    return layers


def violations(layers, source):
    for path in sorted(source.rglob("*.[hc]*")):
        component = path.relative_to(source).parts[0]
        if path.suffix not in (".h", ".cc") or component == "CMakeLists.txt":
            continue
        if component not in layers:
            yield f"{path.relative_to(ROOT)}: component '{component}' is not in layers.txt"
            continue
        allowed = layers[component] | {component}
        # A unit test may build its inputs with the parts above it; the component itself may not.
        if path.name.endswith("_test.cc"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if match and match[1] in layers and match[1] not in allowed:
                yield f"{path.relative_to(ROOT)}:{number}: {component} may not include {match[1]} (layers.txt)"


def main():
    found = list(violations(read_layers(ROOT / "layers.txt"), ROOT / "src"))
    print("\n".join(found) if found else "layers: every include is allowed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
