"""What a device must store to run engines, stripped: the runtime and the libraries that no system has anyway.

usage: runtime_size_test.py PROGRAM STRIP BYTES_MAX
"""
import pathlib
import subprocess
import sys
import tempfile

SYSTEM = ("linux-vdso", "ld-linux", "libc.", "libm.", "libstdc++.", "libgcc_s.", "libpthread.")


def main():
    program, strip, bytes_max = sys.argv[1], sys.argv[2], int(sys.argv[3])
    files = [pathlib.Path(program)]
    for line in subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines():
        name = pathlib.Path(line.split()[0]).name
        if not name.startswith(SYSTEM):
            files.append(pathlib.Path(line.split("=>")[1].split()[0]).resolve())
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            stripped = pathlib.Path(folder) / file.name
            subprocess.run([strip, "-o", stripped, file], check=True)
            total += stripped.stat().st_size
            print(f"{stripped.stat().st_size:>9} bytes  {file.name}")
    print(f"{total:>9} bytes  in all; at most {bytes_max}")
    return 0 if total <= bytes_max else 1


if __name__ == "__main__":
    sys.exit(main())
