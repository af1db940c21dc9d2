# SPDX-License-Identifier: GPL-2.0-or-later
"""make bench: measure what the agent costs, print a table, write BUILD/bench.json.

Goals are shown as reached or not; a missed goal is no failure. A measurement fails when the measured
program did not do its work.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

BENCH_DIR = Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH_DIR.parent / "qemu"))

FLOOR_FACTOR = 1.05
IMAGE_BYTES = 100 << 10
PEAK_KIB = 2 << 10
LIBPCI_FACTOR = 1.5
# Linear: one more function costs the same among thousands as among hundreds.
LINEAR_FACTOR = 1.1


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure what the agent costs.")
    parser.add_argument("--build", type=Path, default=Path("build"), help="where the agent was built")
    parser.add_argument("--only", choices=["boot", "image", "scan"], help="one part of it")
    options = parser.parse_args()
    parts = [options.only] if options.only else ["scan", "image", "boot"]
    if parts != ["scan"] and os.geteuid() != 0:
        print("bench: the lab makes root file systems: run it as root", file=sys.stderr)
        return 2

    figures: dict[str, Any] = {}
    for part in parts:
        if part == "scan":
            figures |= scan_figures(options.build)
        elif part == "image":
            figures |= image_figures()
        else:
            figures |= boot_figures()
    print(table(figures))
    options.build.mkdir(parents=True, exist_ok=True)
    target = options.build / "bench.json"
    target.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"\nwritten: {target}")
    return 0


def scan_figures(build: Path) -> dict[str, Any]:
    import scans

    return {"scan": scans.measure(build.resolve())}


def image_figures() -> dict[str, Any]:
    import images

    measured = images.measure()
    return {
        "image_bytes": measured["ordinary"].bytes,
        "image_files": measured["ordinary"].files,
        "image_bytes_minimal": measured["minimal"].bytes,
        "image_files_minimal": measured["minimal"].files,
    }


def boot_figures() -> dict[str, Any]:
    import boots

    measured = boots.measure()
    return {
        **{f"{name}_ms": round(timing.ms, 2) for name, timing in measured.items()},
        "agent_all_ms": round(measured["agent"].all_ms, 2),
        "peak_kib": measured["agent"].peak_kib,
        "page_faults": measured["agent"].page_faults,
    }


def table(figures: dict[str, Any]) -> str:
    lines: list[str] = []
    if "agent_ms" in figures:
        lines += boot_table(figures)
    if "image_bytes" in figures:
        lines += image_table(figures)
    if "scan" in figures:
        lines += scan_table(figures["scan"])
    return "\n".join(lines)


def goal(is_reached: bool, text: str) -> str:
    return f"{'reached' if is_reached else 'NOT REACHED'}: {text}"


def boot_table(figures: dict[str, Any]) -> list[str]:
    floor, agent, script = (figures[f"{name}_ms"] for name in ("floor", "agent", "script"))
    floor_efi, agent_efi, trial = (figures[f"{name}_ms"] for name in ("floor_efi", "agent_efi", "agent_trial"))
    return [
        "",
        "A claim of three functions, guest time of counted instructions",
        f"  floor   {floor:8.2f} ms",
        f"  agent   {agent:8.2f} ms  {agent / floor:.3f} x floor",
        f"  script  {script:8.2f} ms  {script / floor:.3f} x floor",
        f"  {goal(agent <= FLOOR_FACTOR * floor, f'agent at most {FLOOR_FACTOR:.2f} x floor')}",
        f"  {goal(agent < script, 'agent below the script')}",
        "",
        "The same, started by EFI; the floor reads the variable too",
        f"  floor   {floor_efi:8.2f} ms  {floor_efi - floor:.2f} more",
        f"  agent   {agent_efi:8.2f} ms  {agent_efi / floor_efi:.3f} x floor",
        f"  agent   {trial:8.2f} ms  on trial",
        f"  {goal(agent_efi <= FLOOR_FACTOR * floor_efi, f'agent at most {FLOOR_FACTOR:.2f} x floor')}",
        "",
        "Peak memory of the agent, its worker included",
        f"  {figures['peak_kib']:,} KiB",
        f"  {goal(figures['peak_kib'] <= PEAK_KIB, f'at most {PEAK_KIB:,} KiB')}",
    ]


def image_table(figures: dict[str, Any]) -> list[str]:
    lines = [
        "",
        "Added to the boot image beyond the modules, compressed",
        f"  {figures['image_bytes']:,} bytes; without dmsetup in it: {figures['image_bytes_minimal']:,}",
        "  compressed       bytes  file (each compressed alone)",
    ]
    for entry in figures["image_files"]:
        lines.append(f"  {entry['compressed_bytes']:10,}  {entry['bytes']:10,}  {entry['path']}")
    reached = figures["image_bytes"] <= IMAGE_BYTES
    return [*lines, f"  {goal(reached, f'at most {IMAGE_BYTES:,} bytes')}"]


def scan_table(scan: list[dict[str, int]]) -> list[str]:
    lines = [
        "",
        "Looking, beside libpci's own scan; each = for one function more than in the line above",
        "   functions    syscalls  each    instructions    each    libpci's inst.    each  ratio  of each",
    ]
    steps: list[float] = []
    each_ratio = 0.0
    for before, now in zip([None, *scan], scan):
        each = {}
        if before:
            more = now["functions"] - before["functions"]
            each = {key: (now[key] - before[key]) / more for key in now}
            each_ratio = each["instructions"] / each["libpci_instructions"]
            steps.append(each["instructions"])
        lines.append(
            f"  {now['functions']:10,}  {now['syscalls']:10,}  {each.get('syscalls', 0):4.1f}"
            f"  {now['instructions']:14,}  {each.get('instructions', 0):6,.0f}"
            f"  {now['libpci_instructions']:16,}  {each.get('libpci_instructions', 0):6,.0f}"
            f"  {now['instructions'] / now['libpci_instructions']:5.2f}"
            + (f"  {each_ratio:7.2f}" if before else "")
        )
    worst = max(now["instructions"] / now["libpci_instructions"] for now in scan)
    largest = scan[-1]["instructions"] / scan[-1]["libpci_instructions"]
    is_linear = steps[-1] <= LINEAR_FACTOR * steps[-2]
    return [
        *lines,
        f"  {goal(is_linear, 'instructions linear in functions')}",
        f"  {goal(largest <= LIBPCI_FACTOR, f'at most {LIBPCI_FACTOR} x libpci at {largest_size(scan):,} functions')}",
        f"  {goal(worst <= LIBPCI_FACTOR, f'at most {LIBPCI_FACTOR} x libpci at every size')}",
    ]


def largest_size(scan: list[dict[str, int]]) -> int:
    return scan[-1]["functions"]


if __name__ == "__main__":
    sys.exit(main())
