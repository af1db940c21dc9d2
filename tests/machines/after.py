# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines after a boot: the report that the agent would have left, and the drivers that it would have
bound."""

import json

from machine import Machine, remove_place
from test_machines import BUILD, HERE, run

THIS_BOOT = "9c0ffee0-0000-4000-8000-00000000000a"
REPORT = "run/vfio-claim/report.json"
ACCOUNTS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\nlibvirt-qemu:x:64055:108::/:/bin/false\n",
    "etc/group": "root:x:0:\nkvm:x:108:\n",
}


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


def write_report(root, report):
    write(root, REPORT, json.dumps(report))


def claim(root, report):
    """The cards that the dry run found claimable are claimed, the others as it says."""
    report |= {"mode": "claim", "boot_id": THIS_BOOT}
    for gpu in report["gpus"]:
        is_claimed = gpu["result"] == "claimable"
        gpu["result"] = "claimed" if is_claimed else gpu["result"]
        for function in gpu["functions"]:
            function["result"] = gpu["result"]
            if is_claimed:
                function["driver"] = "vfio-pci"
                bind(root, function["address"], "vfio-pci")
    results = {gpu["result"] for gpu in report["gpus"]}
    if report["gpus"]:
        report["result"] = "claimed" if results == {"claimed"} else "refused"
    write_report(root, report)
    write(root, "proc/sys/kernel/random/boot_id", f"{THIS_BOOT}\n")
    return report


def boot(root, tree, conf):
    """Writes the machine with this configuration, and boots it. Returns the report."""
    Machine(HERE / f"{tree}.tree").write(root)
    write(root, "etc/vfio-claim.conf", conf)
    for path, text in ACCOUNTS.items():
        write(root, path, text)
    return claim(root, json.loads(run(BUILD / "agent", root, "--json").stdout))


def add_nodes(root, report, has_groups=True, has_devices=True):
    """The device nodes that vfio-pci makes, as plain files that root alone may open."""
    number = 0
    for gpu in report["gpus"]:
        if gpu["result"] != "claimed":
            continue
        for function in gpu["functions"]:
            if has_groups:
                add_node(root, f"dev/vfio/{function['group']}")
            if has_devices:
                folder = root / "sys/bus/pci/devices" / function["address"] / "vfio-dev"
                (folder / f"vfio{number}").mkdir(parents=True)
                add_node(root, f"dev/vfio/devices/vfio{number}")
            number += 1


def add_node(root, path):
    if not (root / path).exists():
        write(root, path, "")
        (root / path).chmod(0o600)
