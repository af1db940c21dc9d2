# SPDX-License-Identifier: GPL-2.0-or-later
"""CPU time of `list --all` and `check` on a thousand functions. Run by hand; prints and asserts no time."""

import json
import resource
import subprocess
import tempfile
from pathlib import Path

import real

COMMAND = Path(__file__).resolve().parents[2] / "build/vfio-claim"

HEADER = "# cpu vendor: AMD\n# distribution/kernel: Debian 12, Linux 6.1.0\n"


def rows(n):
    """Ports with a bus each and a multifunction device behind it; every function is in a group."""
    number = 0
    for bus in range(1, 256):
        yield (f"0000:00:{1 + (bus - 1) // 8:02x}.{(bus - 1) % 8}", "060400", "1022:14db", str(number),
               "pcieport", "1", f"{bus:02x}-{bus:02x}", "root-port", "VBRCU", "VRCU")
        number += 1
        for function in range(4):
            code = ("030000", "0403", "0c0330", "0c80")[function] if bus == 1 else \
                ("010802", "020000", "0c0330", "1180")[function]
            yield (f"0000:{bus:02x}:00.{function}", code, "10de:2206", str(number),
                   "-" if bus == 1 else "nvme", "0", "-", "endpoint", "-", "-")
            number += bus != 1
            if number > 2 * n:
                return


def cards(n):
    """Displays of one id."""
    for i in range(n):
        yield (f"0000:{i // 32:02x}:{i % 32:02x}.0", "030000", "10de:2206", str(i), "-", "0", "-", "rc-endpoint",
               "-", "-")


def measure(table, goal, verb, *options):
    with tempfile.TemporaryDirectory() as root:
        lines = sorted("\t".join(row) for row, _ in zip(table, range(1000)))
        real.machine_from(real.Source(HEADER + "\n".join(lines))).write(root)
        best = None
        for _ in range(5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            process = subprocess.run([COMMAND, verb, *options, "--json", "--sysroot", root],
                                     check=False, stdout=subprocess.PIPE)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            best = min(seconds, best or seconds)
        assert json.loads(process.stdout)
        print(f"{verb} {' '.join(options)}, 1000 functions: {best * 1000:.0f} ms of CPU time, best of 5; goal {goal}")


def main():
    measure(rows(1000), 50, "list", "--all")
    measure(cards(1000), 100, "check", "0000:01:00.0")


if __name__ == "__main__":
    main()
