# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines after boots: the agent's report, the drivers that it left, and boot images.

The report is the agent's own dry run, told as if it had been carried out.
"""

import json
import time

from machine import Machine, remove_place
from test_machines import BUILD, HERE, run

THIS_BOOT = "9c0ffee0-0000-4000-8000-00000000000a"
REPORT = "run/vfio-claim/report.json"
KEPT = "var/log/vfio-claim"
CONFIG = "etc/vfio-claim.conf"
KERNEL = "6.1.0-56-amd64"
CARD = "gpu = 0000:01:00.0 id=10de:2206 subsystem=1458:403b path=0000:00:01.0/00.0\n"
TWIN = "gpu = 0000:02:00.0 id=10de:2206 subsystem=1458:403b path=0000:00:02.0/00.0\n"
UP = 7200 + 300  # seconds since this boot began


def write(root, path, content):
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    remove_place(place)
    place.write_bytes(content if isinstance(content, bytes) else content.encode())


def bind(root, address, driver):
    """Sets the driver link as the kernel does; None: no link."""
    link = root / "sys/bus/pci/devices" / address / "driver"
    remove_place(link)
    if driver:
        link.symlink_to(f"../../../../bus/pci/drivers/{driver}")


def make_machine(root, config, tree="intel-twins", more=""):
    """The machine in a boot that began a while ago, before anything was claimed."""
    machine = Machine(HERE / f"{tree}.tree")
    machine.add_all(more)
    machine.write(root)
    write(root, "proc/stat", f"cpu 0\nbtime {int(time.time()) - UP}\n")
    write(root, "proc/sys/kernel/random/boot_id", f"{THIS_BOOT}\n")
    configure(root, config)


def configure(root, config):
    if config is None:
        remove_place(root / CONFIG)
    else:
        write(root, CONFIG, config)


def carry_out(root, gpu):
    if gpu["result"] != "claimable":
        return
    gpu["result"] = "claimed"
    for function in gpu["functions"]:
        function |= {"driver": "vfio-pci", "result": "claimed"}
        bind(root, function["address"], "vfio-pci")


def boot(root, **members):
    """The agent runs in this boot; returns its report, with these members."""
    report = json.loads(run(BUILD / "agent", root, "--json").stdout)
    for gpu in report["gpus"]:
        carry_out(root, gpu)
    results = {gpu["result"] for gpu in report["gpus"]}
    if results:
        report["result"] = "refused" if "refused" in results else results.pop()
    report |= {"mode": "claim", "boot_id": THIS_BOOT, "started_at": 3.104, "duration_ms": 96.2,
               "kernel": KERNEL} | members
    write(root, REPORT, json.dumps(report))
    return report


def verified(result="as-configured", images=(), findings=()):
    """What `verify` adds to a report."""
    return {"at": "2026-11-27T19:05:00Z", "result": result, "vfio": [], "findings": list(findings),
            "images_at": "2026-11-27T19:05:04Z", "image_findings": [],
            "images": [{"kernel": kernel, "path": f"/boot/initrd.img-{kernel}", "state": state}
                       for kernel, state in images]}


def entry(name, mode, data):
    name, data = name.encode() + b"\0", data.encode()
    fields = (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    return b"".join(part + b"\0" * (-len(part) % 4) for part in (head, data))


def make_image(root, config=None, kernel=KERNEL, age=0, has_agent=True):
    """A boot image of initramfs-tools, built this many seconds ago; config None: it has none."""
    built = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age))
    record = f"built-at {built}\nload vfio_pci /lib/modules/k/vfio-pci.ko\n"
    script = "scripts/init-top/00-vfio-claim"
    files = {"init": "#!/bin/sh\n", "usr/lib/modules/k/vfio-pci.ko": "module"}
    if has_agent:
        files |= {"usr/lib/vfio-claim/agent": "\177ELF", "usr/lib/vfio-claim/image-record": record,
                  script: "#!/bin/sh\n", "scripts/init-top/ORDER": f'/{script} "$@"\n'}
    if config is not None:
        files[CONFIG] = config
    archive = b"".join(entry(name, 0o100644, data) for name, data in files.items())
    write(root, f"boot/initrd.img-{kernel}", archive + entry("TRAILER!!!", 0, ""))
    write(root, f"boot/vmlinuz-{kernel}", "kernel")
    (root / "lib/modules" / kernel).mkdir(parents=True, exist_ok=True)


