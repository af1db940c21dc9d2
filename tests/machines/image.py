# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels and boot images of a machine, as initramfs-tools leaves them, of a few files."""

import stat

KERNELS = ("6.1.0-44-amd64", "6.12.48-amd64")
SCRIPT = "scripts/init-top/00-vfio-claim"
BUILDER = """
usr/sbin/mkinitramfs =
usr/sbin/update-initramfs =
"""


def entry(inode, name, mode, data):
    """One file of a cpio archive in the "newc" format."""
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return b"".join(part + b"\0" * (-len(part) % 4) for part in (head, data))


def archive(files):
    folders = {str(folder) for name in files for folder in _folders(name)}
    entries = [(name, stat.S_IFDIR | 0o755, b"") for name in sorted(folders)]
    entries += [(name, stat.S_IFREG | 0o755, data) for name, data in files.items()]
    return b"".join(entry(i, *one) for i, one in enumerate(entries, 1)) + entry(0, "TRAILER!!!", 0, b"")


def _folders(name):
    parts = name.split("/")[:-1]
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]


def image(conf=None):
    """An image with this configuration, or one without the agent."""
    files = {"init": b"#!/bin/sh\n"}
    if conf is not None:
        files |= {
            "etc/vfio-claim.conf": conf.encode(),
            "usr/lib/vfio-claim/agent": b"agent",
            "usr/lib/vfio-claim/image-record": b"built-at 2026-11-27T12:00:00Z\nload vfio_pci builtin\n",
            SCRIPT: b"#!/bin/sh\n",
            "scripts/init-top/ORDER": f'/{SCRIPT} "$@"\n'.encode(),
        }
    return archive(files)


def add_images(machine, *confs):
    """Adds a builder and two kernels with their images, each with its configuration (None: no agent)."""
    machine.add_all(BUILDER)
    for kernel, conf in zip(KERNELS, confs or (None, None)):
        machine.add(f"boot/vmlinuz-{kernel} =")
        machine.add(f"lib/modules/{kernel} /")
        machine.entries[f"boot/initrd.img-{kernel}"] = ("file", image(conf))
