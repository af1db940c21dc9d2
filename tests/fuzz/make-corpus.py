#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the seeds of tests/fuzz/corpus: small, whole inputs that the fuzzers take apart."""

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
        b"vfio_claim.on_failure=release quiet -- vfio_claim.mode=off\n"
    )
    seeds = {
        "full": full + b"\0" + cmdline,
        "file": full,
        "cmdline": b"\0" + cmdline,
        "crlf": b"gpu = 01:00.0\r\ntimeout = 0\r\n",
        "wrong": b"gpu 01:00.0\ngpus = 1\ngpu = 0g:00.0\nmode = off\n\xff\x01 = \x7f\n",
        "twice": b"gpu = 01:00.0\ngpu=1:0.0\ntimeout=1\ntimeout=2\n"
                 b"\0vfio_claim.mode=off vfio_claim.mode=check vfio_claim.gpu=;",
    }
    for name, data in seeds.items():
        write("config", name, data)



# fuzz-trial: the EFI variable without its attributes.


def trial():
    def box(number, stage, functions=1):
        entries = b"".join(
            struct.pack("<IBBBB", 0, 1, i, 2, 0) for i in range(functions)
        )
        codes = b"PROBE_FAILED".ljust(24, b"\0")
        return (
            bytes([number]) * 16 + struct.pack("<q", 1700000000) +
            b"6.1.0-56-amd64".ljust(48, b"\0") +
            bytes([number, stage, functions, 1]) + struct.pack("<I", 90) +
            entries.ljust(64, b"\0") + codes.ljust(96, b"\0")
        )

    def record(state, attempts, *boxes):
        return bytes([1, state, attempts, 2, len(boxes), 0, 0, 0]) + b"K" * 32 + b"".join(boxes)

    seeds = {
        "trying": record(1, 1, box(1, 1)),
        "twice": record(1, 2, box(1, 2), box(2, 3, 8)),
        "confirmed": record(2, 1),
        "spent": record(3, 2, box(1, 2), box(2, 2), box(3, 4), box(4, 4)),
        "short": record(1, 1, box(1, 1))[:100],
    }
    for name, data in seeds.items():
        write("trial", name, data)


caps()
tables()
config()
trial()
