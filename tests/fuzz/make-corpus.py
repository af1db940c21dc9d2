#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the seeds of tests/fuzz/corpus: small, complete inputs for the fuzzers to mutate."""

import bz2
import gzip
import lzma
import pathlib
import struct

HERE = pathlib.Path(__file__).parent / "corpus"


def write(target, name, data):
    folder = HERE / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


# fuzz-caps: one byte for the id, then configuration space.


def space(size, header=0, express=None, devcap=0, extended=()):
    data = bytearray(size)
    struct.pack_into("<HH", data, 0, 0x10DE, 0x2206)
    data[0x0E] = header
    if header & 0x7F == 1:
        data[0x19:0x1B] = b"\x01\x02"
    if express is not None:
        data[0x06] = 0x10
        data[0x34] = 0x40
        if size > 0x80:
            data[0x40:0x42] = b"\x01\x60"
            struct.pack_into("<BBHI", data, 0x60, 0x10, 0, express << 4 | 2, devcap)
    offset = 0x100
    for i, (number, body) in enumerate(extended):
        after = (offset + 4 + len(body) + 3) & ~3 if i + 1 < len(extended) else 0
        struct.pack_into("<I", data, offset, number | 1 << 16 | after << 20)
        data[offset + 4 : offset + 4 + len(body)] = body
        offset = after
    return bytes(data)


ACS = (0x000D, struct.pack("<HH", 0x5F, 0x1D))
ACS_DWORDS = (0x000D, struct.pack("<II", 0x0F, 0x0D))
SERIAL = (0x0003, struct.pack("<II", 0x55667788, 0x11223344))
SRIOV = (0x0010, struct.pack("<IHHHHHH", 0, 1, 0, 8, 8, 4, 0))
REBAR = (0x0015, struct.pack("<II", 0xFFF0, 0x0820))


def caps():
    loop = bytearray(space(4096, express=0))
    loop[0x41] = 0x40
    circle = bytearray(space(4096, express=4, header=1, extended=[ACS, SERIAL]))
    struct.pack_into("<I", circle, 0x108, 0x0003 | 1 << 16 | 0x100 << 20)
    seeds = {
        "conventional": (0, space(256)),
        "unprivileged": (0, space(64, express=0)),
        "short": (0, space(256, express=0)),
        "endpoint": (0, space(320, header=0x80, express=0, devcap=1 << 28,
                              extended=[SERIAL, ACS, SRIOV, REBAR])),
        "root-port": (0, space(288, header=0x81, express=4, extended=[ACS])),
        "sunrise-point": (1, space(288, header=0x81, express=4, extended=[ACS_DWORDS])),
        "lynx-point": (2, space(288, header=0x81, express=4, extended=[SERIAL])),
        "integrated": (3, space(288, header=0x80, express=9)),
        "bridge": (0, space(288, header=1, express=7)),
        "gone": (0, b"\xff" * 256),
        "loop": (0, bytes(loop[:288])),
        "circle": (0, bytes(circle[:288])),
    }
    for name, (number, data) in seeds.items():
        write("caps", name, bytes([number]) + data)


# fuzz-tables


def table(signature, body, fixed):
    size = 36 + len(fixed) + len(body)
    return struct.pack("<4sI28s", signature, size, b"\x01") + fixed + body


def drhd(flags):
    scope = struct.pack("<BBHBBBB", 1, 8, 0, 0, 0, 2, 0)
    return struct.pack("<HHBBHQ", 0, 16 + len(scope), flags, 0, 0, 0xFED90000) + scope


def rmrr():
    return struct.pack("<HHHHQQ", 1, 24, 0, 0, 0x1000, 0x1FFF)


def ivhd(kind, device):
    head = struct.pack("<BBHHHQHHI", kind, 0, 24 if kind == 0x10 else 40, device, 0x40,
                       0xFD000000, 0, 0, 0)
    return head if kind == 0x10 else head + bytes(16)


def ivmd(kind, flags):
    return struct.pack("<BBHHHQQQ", kind, flags, 32, 0, 0xFFFF, 0, 0x1000, 0x1000)


def iort_node(kind, size):
    return struct.pack("<BHBIII", kind, size, 0, 0, 0, 0) + bytes(size - 16)


def tables():
    dmar = struct.pack("<BB10s", 38, 5, b"")
    zero = bytes(12)
    viot = struct.pack("<HHQ", 3, 48, 0)
    iort = struct.pack("<III", 3, 48, 0)
    seeds = {
        "dmar": table(b"DMAR", drhd(0) + drhd(1) + rmrr() + rmrr(), dmar),
        "dmar-zero": table(b"DMAR", drhd(1) + bytes(4), dmar),
        "ivrs": table(b"IVRS", ivhd(0x10, 2) + ivhd(0x11, 2) + ivhd(0x40, 2) + ivmd(0x22, 1) +
                      ivmd(0x20, 8), zero),
        "viot": table(b"VIOT", struct.pack("<BBHIHHHHH6s", 1, 0, 24, 0, 0, 0, 0, 255, 72, b"") +
                      struct.pack("<BBHHHQ", 3, 0, 16, 0, 8, 0) +
                      struct.pack("<BBHIQ", 4, 0, 16, 0, 0x1000), viot),
        "iort": table(b"IORT", iort_node(0, 24) + iort_node(3, 76) + iort_node(4, 68), iort),
        "truncated": table(b"DMAR", drhd(0) + drhd(1), dmar)[:60],
    }
    for name, data in seeds.items():
        write("tables", name, data)


# fuzz-config: the file, a NUL byte, the command line.


def config():
    full = (
        b"# the card\n"
        b"gpu = 0000:01:00.0 id=10de:2206 subsystem=1458:403b path=0000:00:01.1/00.0\n"
        b"device = id=1b21:2142\n"
        b"on-failure = hold\nshared-group = claim-all\ninterrupt-remapping = warn\n"
        b"boot-display = allow\nattached-driver = unbind\ntimeout = 300\n"
    )
    cmdline = (
        b"BOOT_IMAGE=/vmlinuz root=/dev/sda1 vfio_claim.mode=check "
        b'vfio-claim.gpu="01:00.0 id=10de:2206;path=00:01.1/00.0" vfio_claim.timeout=5 '
        b"vfio_claim.on_failure=release vfio_claim.trial=1/2 quiet -- vfio_claim.mode=off\n"
    )
    seeds = {
        "full": full + b"\0" + cmdline,
        "file": full,
        "cmdline": b"\0" + cmdline,
        "crlf": b"gpu = 01:00.0\r\ntimeout = 0\r\n",
        "wrong": b"gpu 01:00.0\ngpus = 1\ngpu = 0g:00.0\nmode = off\n\xff\x01 = \x7f\n",
        "twice": b"gpu = 01:00.0\ngpu=1:0.0\ntimeout=1\ntimeout=2\n"
                 b"\0vfio_claim.mode=off vfio_claim.trial=spent/2 vfio_claim.mode=check vfio_claim.gpu=;",
    }
    for name, data in seeds.items():
        write("config", name, data)


# fuzz-report: complete documents, as the agent and the supervisor write them, and damaged ones.


def report():
    machines = pathlib.Path(__file__).parent.parent / "machines"
    for name in ("claimable", "not-found", "bad-config", "mode-off"):
        text = (machines / f"{name}.json").read_text()
        # Without indentation: the fuzzer's inputs are short.
        write("report", name, "".join(line.strip() for line in text.splitlines()).encode())
    write("report", "cut", b'{"version": 1, "gpus": [{"functions": [{"address": "0000:01:0')
    write("report", "strange", b'{"version": 1, "gpus": [null, 7, {"functions": 1}], '
                               b'"findings": {"a": []}, "duration_ms": "x"}')
    write("report", "verified", b'{"version":1,"mode":"claim","result":"claimed","gpus":[],"verified":'
                                b'{"at":"2026-11-22T16:15:40Z","result":"as-configured","vfio":[{"group":'
                                b'12,"answer":"accepted","interface":"container","errno":null}],'
                                b'"images":[],"findings":[]}}')


# fuzz-record: a modalias, a command line, the record.


def record():
    modalias = b"pci:v000010DEd00002206sv00001458sd0000403Bbc03sc00i00\n"
    cmdline = b"BOOT_IMAGE=/vmlinuz root=UUID=0a1b ro quiet\n"
    head = b"built-at 2026-11-22T16:15:40Z\nroot UUID=0a1b\n"
    need = b"need 0000:00:17.0 8086:a352 0000:00:17.0 root file system\n"
    modules = (b"module vfio_pci\nload vfio_pci /lib/modules/6.1/vfio.ko\n"
               b"load vfio_pci /lib/modules/6.1/vfio-pci.ko disable_vga=1\n"
               b"load vfio_iommu_type1 builtin\nlibrary /lib/libkmod.so.2\n")
    patterns = (b"vendor pci:v000010DE\n"
                b"alias pci:v000010DEd*sv*sd*bc03sc[08]?i00* nouveau\n"
                b"alias pci:v000010DEd00002206sv*sd*bc*sc*i* nvidiafb\n"
                b"alias vfio_pci:v000010DEd00002342sv*sd*bc*sc*i* nvgrace_gpu_vfio_pci\n")
    seeds = {
        "known": head + need + b"needs known\n" + modules + b"modalias " + modalias[:-1] +
                 b" nouveau nvidiafb\n",
        "vendor": head + b"needs unknown\n" + modules + patterns,
        "cards": head + need.replace(b" root file", b" serial=00-25-38-b1-11-b0-12-34 root file") +
                 b"needs known\ncard 0000:01:00.0 id=10de:2206 subsystem=1458:403b "
                 b"serial=48-b0-2d-ff-ff-65-43-21 path=0000:00:01.0/00.0 port=8086:1901 "
                 b"with=10de:1aef with=10de:1ad6 removable meant\n"
                 b"card 0000:00:02.1 id=8086:46d1 virtual-of=0000:00:02.0 unseen\n",
        "cut": head + b"need 0000:00:17\nneeds known\nload vfio_pci\nalias pci:v* \nalias\n",
    }
    for name, text in seeds.items():
        write("record", name, modalias + cmdline + text)
    loads = b"load vfio_pci /vfio_pci.ko disable_vga=1\nload vfio_pci /vfio.ko.xz\n"
    write("record", "parameter", modalias + b"vfio-pci.disable_vga=1 quiet\n" + loads)
    write("record", "ids", modalias + b"\"vfio-pci.ids=10de:2206:1458:403b:030000:ff00\" a=\"b c\"\n"
          + loads + b"softdep vfio_pci /k.ko ids=1:2\nleft-out ids=10de:2206\n")
    write("record", "loaded", modalias + b"quiet vfio=1\x1e\x1eY\x1eY\n" + loads)
    write("record", "builtin", modalias + b"quiet\nload vfio_pci builtin\n")


# fuzz-bootdisk and fuzz-facts: files, links and folders in the order of the reads.

SEPARATOR = b"\x1e"


def system(files):
    """Files, links and folders with their paths, so that they are found in any order of reads."""
    return SEPARATOR.join(b"\x1f%s\x1f%s" % (path.encode(), data.encode())
                          for path, data in files.items())


AHCI = "../../devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda"
NVME = "../../devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0/nvme0n1"
DISKS = {
    "/sys/class/block": "sda\nsda1\nsda2\nnvme0n1\ndm-0\nmd127",
    "/sys/class/block/sda": AHCI, "/sys/class/block/sda1": AHCI + "/sda1",
    "/sys/class/block/sda2": AHCI + "/sda2", "/sys/class/block/nvme0n1": NVME,
    "/sys/class/block/dm-0": "../../devices/virtual/block/dm-0",
    "/sys/class/block/md127": "../../devices/virtual/block/md127",
    "/sys/dev/block/8:0": AHCI, "/sys/dev/block/8:1": AHCI + "/sda1",
    "/sys/dev/block/8:2": AHCI + "/sda2", "/sys/dev/block/259:0": NVME,
    "/sys/dev/block/253:0": "../../devices/virtual/block/dm-0",
    "/sys/dev/block/9:127": "../../devices/virtual/block/md127",
    "/sys/class/block/sda/dev": "8:0", "/sys/class/block/sda1/dev": "8:1",
    "/sys/class/block/sda2/dev": "8:2", "/sys/class/block/nvme0n1/dev": "259:0",
    "/sys/class/block/dm-0/dev": "253:0", "/sys/class/block/md127/dev": "9:127",
    "/sys/class/block/dm-0/dm/name": "vg-root", "/sys/class/block/dm-0/slaves": "md127",
    "/sys/class/block/md127/slaves": "sda2\nnvme0n1",
    "/sys/class/block/sda1/partition": "1", "/sys/class/block/sda2/partition": "2",
    "/dev/mapper/vg-root": "../dm-0", "/run/udev/data": "b8:1\nb253:0\nc1:3\n+pci:x",
    "/run/udev/data/b8:1": "S:disk/by-uuid/0a1b\nS:disk/by-label/EFI\nE:ID_FS_TYPE=vfat\n"
                           "E:ID_FS_UUID_ENC=0a\\x311b\n",
    "/run/udev/data/b253:0": "S:mapper/vg-root\nE:DM_NAME=vg-root\nE:ID_FS_TYPE=ext4\n",
}


def bootdisk():
    mounts = (b"22 1 8:2 / / rw,noatime shared:1 - ext4 /dev/sda2 rw,errors=remount-ro\n"
              b"36 22 0:30 / /boot\\040x rw - btrfs /dev/mapper/a\\040b rw,subvolid=5\n"
              b"40 22 0:31 / /z rw -  tmpfs none rw\n")
    fstab = (b"# a comment\nUUID=0a1b / ext4 defaults 0 1\n"
             b"LABEL=home /home xfs nofail,x-systemd.automount 0 2\n/dev/sda3 none swap sw 0 0\n")
    swaps = b"Filename Type Size Used Priority\n/dev/sda3 partition 976 0 -2\n"
    crypttab = b"root UUID=0c1d none luks,discard\nroot /dev/mapper/root none luks\n"
    cmdline = b'root=/dev/mapper/root resume=PARTUUID="0e1f" zfs=bootfs\n'
    udev = b"S:disk/by-uuid/0a1b\nE:ID_FS_UUID_ENC=0a\\x311b\nE:ID_FS_TYPE=zfs_member\n"
    block = [b"sda\nsda2\ndm-0\nmd127", b"../../devices/pci0000:00/0000:00:17.0/ata1/block/sda",
             b"8:2", b"sda\nsdb"]
    booted = DISKS | {
        "/proc/1/mountinfo": "22 1 253:0 / / rw,noatime shared:1 - ext4 /dev/mapper/vg-root rw\n"
                             "30 22 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n"
                             "36 22 0:30 / /home rw - btrfs /dev/sda2 rw,subvolid=5\n"
                             "38 22 0:44 / /srv rw - zfs tank/srv rw\n"
                             "40 22 0:45 / /mnt rw - nfs4 192.168.1.2:/x rw,addr=192.168.1.2\n",
        "/proc/swaps": "Filename Type Size Used Priority\n/dev/nvme0n1 partition 976 0 -2\n"
                       "/swapfile file 976 0 -3\n",
        "/etc/fstab": "UUID=0a1b /boot/efi vfat defaults 0 1\nLABEL=EFI /data xfs nofail 0 2\n"
                      "/dev/mapper/vg-root / ext4 defaults 0 1\n",
        "/sys/fs/btrfs": "1234-5678\nfeatures", "/sys/fs/btrfs/1234-5678/devices": "sda2\nnvme0n1",
        "/sys/fs/btrfs/1234-5678/devices/sda2": "../../../../devices" + AHCI[13:] + "/sda2",
        "/sys/class/net": "lo\neth0",
        "/sys/class/net/eth0": "../../devices/pci0000:00/0000:00:1f.6/net/eth0",
    }
    early = DISKS | {
        "/etc/initrd-release": "NAME=dracut", "/etc/crypttab": "root UUID=0a1b none luks,discard\n",
        "/proc/cmdline": 'root=UUID=0a1b resume=/dev/mapper/vg-root rd.lvm.lv=vg/root quiet',
    }
    write("bootdisk", "booted", system(booted))
    network = DISKS | {
        "/proc/1/mountinfo": "22 1 0:21 / / rw - nfs4 s:/r rw,addr=10.0.0.9\n"
                             "30 22 253:0 / /boot rw - ext4 /dev/mapper/vg-root rw\n"
                             "31 22 0:22 / /usr ro - virtiofs tag rw\n",
        "/proc/cmdline": "root=/dev/nfs nfsroot=10.0.0.9:/r ip=10.0.0.5::10.0.0.1:255.0.0.0:h:eth0:off "
                         "netroot=iscsi:@[2001:db8::1]::3260::iqn rd.iscsi.firmware BOOTIF=01-00-11-22-33-44-55",
        "/proc/net/route": "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
                           "br0\t0000000A\t00000000\t0001\t0\t0\t100\t000000FF\n",
        "/proc/net/ipv6_route": "20010db8000000000000000000000000 20 " + "0" * 32 + " 00 " + "0" * 32
                                + " 00000100 00000001 00000000 00000001     eth0\n",
        "/sys/class/net": "br0\neth0", "/sys/class/net/br0": "../../devices/virtual/net/br0",
        "/sys/class/net/br0/brif": "eth0", "/sys/class/net/br0/bonding/slaves": "eth0 eth1",
        "/sys/class/net/eth0": "../../devices/pci0000:00/0000:00:1f.6/net/eth0",
        "/sys/class/net/eth0/address": "00:11:22:33:44:55", "/sys/class/net/eth0/flags": "0x1003",
        "/sys/firmware/ibft": "ethernet0", "/sys/firmware/ibft/ethernet0/mac": "00:11:22:33:44:55",
        "/sys/class/block/dm-0/dm/uuid": "CRYPT-LUKS2-1-vg-root",
        "/etc/crypttab": "vg-root UUID=1 none luks,tpm2-device=auto,tpm2-pin=yes\n",
        "/sys/bus/usb/devices": "3-1:1.0",
        "/sys/bus/usb/devices/3-1:1.0": "../../../devices/pci0000:00/0000:00:14.0/usb3/3-1/3-1:1.0",
        "/sys/bus/usb/devices/3-1:1.0/bInterfaceClass": "03",
        "/sys/bus/usb/devices/3-1:1.0/bInterfaceSubClass": "01",
        "/sys/bus/usb/devices/3-1:1.0/bInterfaceProtocol": "01",
        "/sys/class/input": "input3", "/sys/class/input/input3": "../../devices/platform/i8042/input/input3",
        "/sys/class/input/input3/capabilities/key": "402000000 fffffffffffffffe",
        "/sys/bus/virtio/devices": "virtio0", "/sys/bus/virtio/devices/virtio0/device": "0x001a",
        "/sys/bus/virtio/devices/virtio0": "../../../devices/pci0000:00/0000:00:03.0/virtio0",
    }
    write("bootdisk", "network", system(network))
    write("bootdisk", "routes", network["/proc/net/route"].encode())
    write("bootdisk", "early", system(early))
    write("bootdisk", "early-label", system(early | {"/proc/cmdline": "root=LABEL=EFI rd.md.uuid=1 ro"}))
    write("bootdisk", "early-device", system(early | {"/proc/cmdline": "root=/dev/mapper/vg-root"}))
    write("bootdisk", "mounts", SEPARATOR.join([mounts, fstab, swaps, cmdline] + block * 3))
    write("bootdisk", "initramfs", SEPARATOR.join([cmdline, crypttab, udev] + block * 3))
    write("bootdisk", "fstab", fstab)
    write("bootdisk", "udev", SEPARATOR.join([cmdline, mounts, b"b8:0\nb8:2", udev] + block * 2))


def chain():
    grub = ("if [ -s $prefix/grubenv ]; then\n  load_env\nfi\nif [ \"${next_entry}\" ] ; then\n"
            "  set default=\"${next_entry}\"\nelse\n  set default=\"${saved_entry}\"\nfi\n"
            "set timeout_style=hidden\nset timeout=0\n"
            "menuentry 'Linux' --class os $menuentry_id_option 'simple' {\n\tlinux /vmlinuz-6.1 root=x quiet\n"
            "\tinitrd /ucode.img /initrd.img-6.1\n}\nsubmenu 'More' $menuentry_id_option 'more' {\n"
            "\tmenuentry 'Old' $menuentry_id_option 'old' {\n\t\tlinux /boot/vmlinuz-6.0 \"root=a b\"\n\t}\n}\n"
            "### BEGIN /etc/grub.d/30_os-prober ###\nmenuentry Other {\n linux16 /x\n}\n")
    entry = ("title Linux\nversion 6.1\nmachine-id m\nsort-key debian\nlinux /m/6.1/linux\n"
             "initrd /m/6.1/initrd\noptions root=x $kernelopts\n")
    base = {"/etc/machine-id": "m", "/lib/modules": "6.1\n6.0", "/lib/modules/6.1/pkgbase": "linux",
            "/proc/cmdline": "BOOT_IMAGE=/vmlinuz-6.1 root=x quiet"}
    write("chain", "grub", system(base | {
        "/boot/grub/grub.cfg": grub, "/boot/grub/grubenv": "# GRUB\nsaved_entry=more>old\nx=a\\\nb\n####",
        "/boot/vmlinuz-6.1": "k", "/boot/initrd.img-6.1": "i"}))
    write("chain", "grub-files", system(base | {
        "/boot": "x", "/boot/grub2/grub.cfg": "blscfg\n", "/boot/grub2/grubenv": "saved_entry=1\nkernelopts=ro\n",
        "/boot/loader/entries": "a.conf\nb+0-2.conf", "/boot/loader/entries/a.conf": entry,
        "/boot/loader/entries/b+0-2.conf": entry}))
    write("chain", "files", system(base | {
        "/efi": "x", "/efi/loader/entries": "a.conf\nb+3.conf", "/efi/loader/entries/a.conf": entry,
        "/efi/loader/entries/b+3.conf": "linux /k\nefi /EFI/Linux/u.efi\n",
        "/efi/loader/loader.conf": "timeout 0\ndefault a*\n", "/efi/EFI/Linux": "u.efi",
        "/etc/fstab": "UUID=1-2 /boot/efi vfat noauto 0 0\n",
        "/proc/self/mountinfo": "1 1 8:1 / /efi rw - vfat /dev/sda1 rw\n"}))
    write("chain", "proxmox", system(base | {
        "/etc/kernel/proxmox-boot-uuids": "1234-ABCD\nxyz\n", "/dev/disk/by-uuid/1234-ABCD": "../../sda1",
        "/sys/class/block/sda1": "../../devices/x", "/mnt/loader/loader.conf": "default proxmox-*\n",
        "/mnt/loader/entries": "proxmox-6.1.conf", "/mnt/loader/entries/proxmox-6.1.conf": entry,
        "/proc/self/mountinfo": "1 1 8:1 / /mnt rw - vfat /dev/sda1 rw\n"}))


def facts():
    iommu = [b"DMAR\nFACP\nDMAR2", b"dmar0\ndmar1", b"1\n120", b"IR-IO-APIC", b"N", b"Y"]
    function = [b"../../../kernel/iommu_groups/12", b"../../virtual/iommu/dmar0", b"flr bus",
                b"D0", b"0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200\n" * 3, b"8",
                b"../../../bus/pci/drivers/nouveau"]
    usage = [b"eth0\nlo", b"../../devices/pci0000:00/0000:01:00.0/net/eth0", b"0x1003", b"1",
             b"eth0\t00000000\t0102A8C0\n", b"sda\nsda1",
             b"../../devices/pci0000:00/0000:01:00.0/ata1/block/sda",
             b"1-4\n1-4:1.0\nusb1", b"../../devices/pci0000:00/0000:01:00.0/usb1/1-4", b"03"]
    group = [b"DMA", b"0x0000000000000000 0x0000000000ffffff direct\n",
             b"0000:01:00.0\n0000:01:00.1\nserial8250"]
    leftover = [b"gpu.conf", b"blacklist nouv*\noptions vfio-pci ids=10de:2206\n"
                b"softdep nvidia pre: vfio-pci\noptions vfio_iommu_type1 allow_unsafe_interrupts=1\n",
                b"quiet amd_iommu=on vfio-pci.ids=10de:2206 video=efifb:off\n"]
    write("facts", "modprobe", system({
        "/etc/modprobe.d": "gpu.conf\nnotes.txt\nvfio.conf",
        "/etc/modprobe.d/gpu.conf": leftover[1].decode(),
        "/etc/modprobe.d/vfio.conf": "options vfio-pci \\\n  ids=10de:2206 disable_vga=1 # x\n"
                                     "install nouveau /bin/false\nremove x y\nalias nouveau off\n",
        "/proc/cmdline": leftover[2].decode(),
        "/etc/initramfs-tools/modules": "vfio_pci ids=10de:2206\n",
        "/etc/mkinitcpio.conf": "MODULES=(vfio_pci vfio)\n",
    }))
    card = "/sys/bus/pci/devices/0000:01:00.0"
    write("facts", "display", system(DISKS | {
        card + "/boot_vga": "1", card + "/driver": "../../../bus/pci/drivers/nouveau",
        card + "/iommu_group": "../../../kernel/iommu_groups/12",
        card + "/resource": "0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200\n" * 6,
        card + "/sriov_numvfs": "2", card + "/reset_method": "flr bus",
        "/sys/kernel/iommu_groups/12/devices": "0000:01:00.0\n0000:01:00.1\nserial8250",
        "/sys/kernel/iommu_groups/12/type": "DMA",
        "/sys/kernel/iommu_groups/12/reserved_regions": "0x0000000000000000 0x0000000000ffffff direct\n",
        "/sys/class/graphics": "fb0\nfb1\nfbcon", "/sys/class/graphics/fb0/name": "simpledrmdrmfb",
        "/sys/class/graphics/fb0": "../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/graphics/fb0",
        "/sys/bus/platform/devices/simple-framebuffer.0": "../../../devices/pci0000:00/0000:01:00.0/x",
        "/sys/bus/platform/devices/simple-framebuffer.0/driver": "../../drivers/simple-framebuffer",
        "/sys/kernel/boot_params/data": "\x01\x02" * 80,
        "/sys/class/net": "eth0", "/sys/class/net/eth0": "../../devices/pci0000:00/0000:01:00.0/net/eth0",
        "/sys/bus/usb/devices": "1-4\n1-4:1.0\nusb1",
        "/sys/bus/usb/devices/1-4": "../../devices/pci0000:00/0000:01:00.0/usb1/1-4",
        "/sys/bus/usb/devices/1-4:1.0": "../../devices/pci0000:00/0000:01:00.0/usb1/1-4/1-4:1.0",
        "/sys/bus/usb/devices/1-4/bDeviceClass": "00", "/sys/bus/usb/devices/1-4/product": "A keyboard",
        "/sys/bus/usb/devices/1-4:1.0/bInterfaceClass": "03",
        "/sys/bus/usb/devices/1-4:1.0/bInterfaceSubClass": "01",
        "/sys/bus/usb/devices/1-4:1.0/bInterfaceProtocol": "01",
        "/sys/class/net/eth0/flags": "0x1003", "/sys/class/net/eth0/carrier": "1",
        "/proc/net/route": "Iface\tDestination\tGateway\neth0\t00000000\t0102A8C0\n",
        "/sys/kernel/irq": "1\n120\nx", "/sys/kernel/irq/120/chip_name": "IR-PCI-MSI",
        "/sys/class/vtconsole": "vtcon0\nvtcon1", "/sys/class/vtconsole/vtcon1/name": "(M) frame buffer device",
        "/sys/class/vtconsole/vtcon1/bind": "1", "/sys/module/module/parameters/sig_enforce": "N",
        "/sys/class/iommu": "dmar0", "/sys/firmware/acpi/tables": "DMAR\nFACP",
        "/proc/cpuinfo": "vendor_id\t: GenuineIntel\nflags\t: vmx\n",
        "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 13"\nID=debian\n',
        "/sys/class/dmi/id/board_vendor": "ASUS", "/sys/kernel/security/lockdown": "none [integrity]",
    }))
    write("facts", "intel", SEPARATOR.join(iommu + function + usage + function + usage + group))
    write("facts", "leftover", SEPARATOR.join([b""] * 40 + leftover))
    write("facts", "unreadable", SEPARATOR.join([b"\x1d"] * 60))
    write("facts", "groups", SEPARATOR.join([b""] * 6 + function + [b""] * 8 + function + group * 2))


# fuzz-trial: the EFI variable without its attributes.


def trial():
    def box(number, stage, functions=1):
        entries = b"".join(
            struct.pack("<IBBB", 0, 1, i, 2) for i in range(functions)
        )
        codes = b"PROBE_FAILED".ljust(24, b"\0")
        return (
            bytes([number]) * 16 + b"AAAA" + struct.pack("<I", 90) +
            struct.pack("<q", 1700000000)[:5] + bytes([number, 9, stage, functions, 1]) +
            b"6.1.0-56-amd64".ljust(40, b"\0") +
            entries.ljust(56, b"\0") + codes.ljust(96, b"\0")
        )

    def claim(letter, state, attempts):
        return letter * 16 + bytes([state, attempts, 2, 0])

    def record(claims, *boxes):
        return bytes([2, len(claims), len(boxes), 0]) + b"".join(claims) + b"".join(boxes)

    trying = [claim(b"A", 1, 1)]
    several = [claim(b"B", 2, 1), claim(b"C", 1, 2), claim(b"D", 3, 2), claim(b"A", 1, 2)]
    seeds = {
        "trying": record(trying, box(1, 1)),
        "twice": record([claim(b"A", 1, 2)], box(1, 2), box(2, 3, 8)),
        "several": record(several, box(1, 2)),
        "confirmed": record([claim(b"A", 2, 1)]),
        "spent": record([claim(b"A", 3, 2)], box(1, 2), box(2, 2), box(3, 4), box(4, 4)),
        "short": record(trying, box(1, 1))[:100],
    }
    for name, data in seeds.items():
        write("trial", name, data)


# fuzz-image: one byte for the form, then archives. 0: the file as it is.


def entry(name, data=b"", mode=0o100644, inode=1, links=1):
    """One entry of a cpio archive in the "newc" form."""
    name = name.encode() + b"\0"
    fields = (inode, mode, 0, 0, links, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    head += bytes(-len(head) % 4)
    return head + data + bytes(-len(data) % 4)


TRAILER = entry("TRAILER!!!", mode=0, inode=0)


def image():
    config = b"gpu = 01:00.0\n"
    kept = (b"built-at 2026-11-22T16:15:40Z\nmodule vfio_pci\n"
            b"load vfio_pci /lib/modules/k/kernel/drivers/vfio/vfio.ko.xz\n"
            b"load vfio_pci /lib/modules/k/kernel/drivers/vfio/pci/vfio-pci.ko.xz disable_vga=1\n"
            b"load vfio_iommu_type1 builtin\n")
    link = 0o120777
    agent = entry("usr/lib/vfio-claim/agent", b"\x7fELF", 0o100755)
    ours = agent + entry("etc/vfio-claim.conf", config) + \
        entry("./usr/lib/vfio-claim/image-record", kept) + \
        entry("lib/modules/k/kernel/drivers/vfio/vfio.ko.xz", b"x") + \
        entry("usr/lib/modules/k/kernel/drivers/vfio/pci/vfio-pci.ko", b"x")
    tools = (entry("init", b"#!/usr/bin/ash\n", 0o100755) + entry("lib", b"usr/lib", link) + ours +
             entry("scripts/init-top/00-vfio-claim", b"#!/usr/bin/ash\n") +
             entry("scripts/init-top/ORDER", b'/scripts/init-top/00-vfio-claim "$@"\n'
                                             b'/scripts/init-top/udev "$@"\n') + TRAILER)
    systemd = (entry("init", b"usr/lib/systemd/systemd", link) + ours +
               entry("usr/lib/systemd/system/vfio-claim-early.service", b"[Unit]\n") +
               entry("etc/systemd/system/sysinit.target.wants/vfio-claim-early.service",
                     b"/usr/lib/systemd/system/vfio-claim-early.service", link) + TRAILER)
    dracut = (entry("init", b"#!/usr/bin/ash\n") + agent +
              entry("usr/lib/dracut/hooks/cmdline/00-vfio-claim.sh") +
              entry("usr/lib/dracut/hooks/cmdline/01-parse.sh") +
              entry("etc/vfio-claim.conf", b"", inode=7, links=2) +
              entry("etc/same", config, inode=7, links=2) + TRAILER)
    mkinitcpio = (entry("init", b"#!/usr/bin/ash\n") + agent +
                  entry("config", b'HOOKS="udev"\nEARLYHOOKS="vfio-claim udev"\n') + TRAILER)
    early = entry("kernel/x86/microcode/GenuineIntel.bin", b"m" * 48) + TRAILER
    huge = bytearray(tools)
    huge[54:62] = b"FFFFFFFF"  # the first entry's size
    # The newer formats, and the legacy one of lz4 that kernels need: one block, only literals.
    block = bytes([0xF0]) + b"\xff" * ((len(mkinitcpio) - 15) // 255) + \
        bytes([(len(mkinitcpio) - 15) % 255]) + mkinitcpio
    legacy = struct.pack("<II", 0x184C2102, len(block)) + block
    listing = (b"-rw-r--r-- 0/0       14 2026-11-27 22:53 @/etc/vfio-claim.conf\n"
               b"lrwxrwxrwx 0/0       23 2026-11-27 22:53 @/init -> usr/lib/systemd/systemd\n"
               b"drwxr-xr-x 0/0       23 2026-11-27 22:53 @/usr\n"
               b"-rwxr-xr-x 0/0   123456 2026-11-27 22:53 @/usr/lib/vfio-claim/agent\n")
    seeds = {
        "squash": (0, entry("init") + entry("squashfs-root.img", b"hsqs" + listing) + TRAILER),
        "erofs": (0, entry("init") + entry("erofs-root.img", bytes(1024) + b"\xe2\xe1\xf5\xe0") + TRAILER),
        "plain": (0, tools),
        "early": (0, early + bytes(52) + gzip.compress(tools, mtime=0)),
        "xz": (0, lzma.compress(systemd, check=lzma.CHECK_CRC32)),
        "lzma": (0, lzma.compress(dracut, format=lzma.FORMAT_ALONE)),
        "bzip2": (0, bz2.compress(mkinitcpio)),
        "lz4-legacy": (0, legacy),
        "early-alone": (0, early + bytes(8)),
        "row": (0, gzip.compress(early, mtime=0) + bytes(3) + lzma.compress(tools, check=lzma.CHECK_CRC32) + bytes(3)),
        "cut": (0, tools[:-60]),
        "huge": (0, bytes(huge)),
        "gzip-cut": (0, gzip.compress(systemd, mtime=0)[:-9]),
        "packed-gzip": (5, tools),
        "packed-xz": (1, systemd),
        "packed-zstd": (2, dracut),
        "packed-lz4": (3, mkinitcpio),
        "packed-bzip2": (4, early + bytes(8) + tools),
    }
    for name, (form, data) in seeds.items():
        write("image", name, bytes([form]) + data)


# fuzz-pe: a PE file.


def pe_file(*sections, magic=0x20B, certificates=(0, 0)):
    """A PE file; each section is a name and its data."""
    directories = bytes(4 * 8) + struct.pack("<II", *certificates) + bytes(11 * 8)
    start = (96 if magic == 0x10B else 112) - 4
    optional = struct.pack("<H", magic).ljust(start, b"\0") + struct.pack("<I", 16) + directories
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, len(optional), 0) + optional
    data_start = len(head) + 40 * len(sections)
    table, data = b"", b""
    for name, content in sections:
        padded = content + bytes(-len(content) % 16)
        table += name.ljust(8, b"\0")
        table += struct.pack("<IIII", len(content), 0, len(padded), data_start + len(data)) + bytes(16)
        data += padded
    return head + table + data


def pe():
    early = entry("kernel/x86/microcode/GenuineIntel.bin", b"m" * 48) + TRAILER
    agent = entry("init", b"#!/bin/sh\n") + entry("usr/lib/vfio-claim/agent", b"\x7fELF") + TRAILER
    main = ((b".osrel", b"ID=debian\n"), (b".cmdline", b"quiet\n"), (b".ucode", early),
            (b".initrd", gzip.compress(agent, mtime=0)), (b".linux", b"MZ"))
    profiles = ((b".profile", b"ID=main\n"), (b".profile", b"ID=off\n"),
                (b".cmdline", b"quiet vfio_claim.mode=off\n"), (b".initrd", agent))
    seeds = {
        "unified": pe_file(*main),
        "signed": pe_file(*main, certificates=(8192, 512)),
        "profiles": pe_file(*main, *profiles),
        "addon": pe_file((b".sbat", b"sbat,1\n"), (b".cmdline", b"vfio_claim.mode=off")),
        "pe32": pe_file(*main, magic=0x10B),
        "cut": pe_file(*main)[:-100],
    }
    for name, data in seeds.items():
        write("pe", name, data)


# fuzz-aliases: a modalias, then modules.alias.


def aliases():
    card = b"pci:v000010DEd00002206sv00001458sd0000403Bbc03sc00i00\n"
    usb = b"pci:v00001B21d00002142sv00001043sd000087C0bc0Csc03i30\n"
    lines = (b"# Aliases extracted from modules themselves.\n"
             b"alias pci:v000010DEd*sv*sd*bc03sc[08]?i00* nouveau\n"
             b"alias pci:v000010DEd00002206sv*sd*bc*sc*i* nvidiafb\n"
             b"alias pci:v00001B21d00002142sv*sd*bc*sc*i* xhci_pci_renesas\n"
             b"alias pci:v*d*sv*sd*bc0Csc03i30* xhci_pci\nalias pci:v*d*sv*sd*bc01sc06i01* ahci\n"
             b"alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n"
             b"alias vfio_pci:v000010DEd00002342sv*sd*bc*sc*i* nvgrace_gpu_vfio_pci\n"
             b"alias usb:v0525pA4A7d*dc*dsc*dp*ic*isc*ip*in* usbserial\nalias\nalias pci:v*\n")
    write("aliases", "display", card + lines)
    write("aliases", "usb", usb + lines)


# fuzz-edit: a configuration file, a file with a kernel command line, or the note of a change.


def edit():
    seeds = {
        "config": b"# mine\ngpu = 01:00.0 # for games\n\ndevice = id=1b21:2142\n gpu=\t05:00.0\n"
                  b"on-failure = hold\ntimeout = 5",
        "again": b"gpu = 01:00.0\ngpu = 01:00.0\ngpus = 1\ngpu 01:00.0\r\n",
        "blanks": b"gpu = 05:00.0\n\rgpu \t\r= 01:00.0\r\n",
        "cmdline": b"root=ZFS=rpool/ROOT/pve-1 boot=zfs quiet\n",
        "entry": b"title Arch\noptions root=x intel_iommu=off\noptions rw\n",
        "grub": b"GRUB_CMDLINE_LINUX='a iommu=off,pt' # x\n[ x ] && GRUB_CMDLINE_LINUX_DEFAULT=\"$(b)\"\n",
        "dracut": b"kernel_cmdline+=\" root=x amd_iommu=on \"\n",
        "note": b"grub intel_iommu=on\nfrom iommu=off,pt\nto iommu=pt\nedit /x\n-a\n+b\n",
        "there": b"quiet root=/dev/sda1  intel_iommu=on \t vfio_claim.mode=off\n\n",
        "lines": b"root=/dev/sda1\nquiet\n",
    }
    for name, data in seeds.items():
        write("edit", name, data)


# fuzz-history: the request, then files and folders in the order of the reads.


def history():
    here = b"7d2b1c5e-3a94-4a5c-9d5e-0a1b2c3d4e5f"
    names = [b"20261122T161501Z-7d2b1c5e-3a94-4a5c-9d5e-0a1b2c3d4e5f.json",
             b"20261121T081501Z-11111111-3a94-4a5c-9d5e-0a1b2c3d4e5f.json",
             b"20261120T081501Z-11112222-3a94-4a5c-9d5e-0a1b2c3d4e5f.json",
             b".new.json", b"notes", b"20261320T081501Z-11112222-3a94-4a5c-9d5e-0a1b2c3d4e5f.json"]
    report = b'{"version":1,"mode":"claim","boot_id":"%s","result":"claimed","gpus":[]}'
    other = [report % b"x", b"{}", b"\x1d"]
    for name, asked in (("offset", b"-1"), ("id", b"1111"), ("ago", b"-2d"),
                        ("iso", b"2026-11-22T16:15:01Z"), ("local", b"2026-11-22 16:15")):
        write("history", name, SEPARATOR.join([asked, here, report % here, b"\n".join(names)] + other))
    write("history", "sysroot", SEPARATOR.join([b"0", b"", report % here, b"\n".join(names)] + other))
    write("history", "none", SEPARATOR.join([b"-0", here, b"", b"\n".join(names)] + other))


caps()
tables()
config()
report()
record()
bootdisk()
facts()
trial()
image()
pe()
aliases()
chain()
edit()
history()
