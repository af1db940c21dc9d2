# SPDX-License-Identifier: GPL-2.0-or-later
"""A made-up server with more than 300 functions, for what must stay readable: two sockets with their many
parts, eight accelerators behind switches, disks, a network card with virtual functions, and a chain of
switches that is deeper than any that is sold.
"""

import real

ROOT_PORT, UPSTREAM, DOWNSTREAM = "root-port", "upstream", "downstream"


class Builder:
    def __init__(self):
        self.rows = []
        self.group = 0
        self.bus = {}

    def add(self, address, class_code, ident, driver, buses="-", kind="rc-endpoint", group=None):
        """Alone in a group, if none is given."""
        if group is None:
            group = self.group
            self.group += 1
        header = "0" if buses == "-" else "1"
        self.rows.append(real.Row(address, class_code, ident, str(group), driver, header, buses,
                                  kind, "VRCU", "VRCU"))
        return group


def uncore(builder, bus):
    """What a server's processor shows of itself: a group for each device."""
    for device in range(8, 24):
        group = builder.add(f"0000:{bus:02x}:{device:02x}.0", "0880", "8086:09a2", "-")
        for function in range(1, 6):
            builder.add(f"0000:{bus:02x}:{device:02x}.{function}", "1101", "8086:09a6", "-",
                        group=group)


def accelerators(builder, port, first):
    """A root port, a switch, and four accelerators behind it."""
    builder.add(port, "060400", "8086:352a", "pcieport", f"{first:02x}-{first + 5:02x}", ROOT_PORT)
    builder.add(f"0000:{first:02x}:00.0", "060400", "1000:c030", "pcieport",
                f"{first + 1:02x}-{first + 5:02x}", UPSTREAM)
    for n in range(4):
        below = first + 2 + n
        builder.add(f"0000:{first + 1:02x}:{n:02x}.0", "060400", "1000:c030", "pcieport",
                    f"{below:02x}-{below:02x}", DOWNSTREAM)
        builder.add(f"0000:{below:02x}:00.0", "120000", "1002:74a1", "amdgpu", kind="endpoint")


def chain(builder, port, first, length):
    """A root port, then switches of one port each, and a display at the end."""
    last = first + length
    builder.add(port, "060400", "8086:352a", "pcieport", f"{first:02x}-{last:02x}", ROOT_PORT)
    for n in range(length):
        builder.add(f"0000:{first + n:02x}:00.0", "060400", "1000:c030", "pcieport",
                    f"{first + n + 1:02x}-{last:02x}", DOWNSTREAM if n % 2 else UPSTREAM)
    builder.add(f"0000:{last:02x}:00.0", "030000", "10de:2206", "nouveau", kind="endpoint")


def network(builder, port, bus, virtual):
    builder.add(port, "060400", "8086:352a", "pcieport", f"{bus:02x}-{bus:02x}", ROOT_PORT)
    builder.add(f"0000:{bus:02x}:00.0", "020000", "8086:1592", "ice", kind="endpoint")
    for n in range(8, 8 + virtual):
        builder.add(f"0000:{bus:02x}:{n // 8:02x}.{n % 8}", "020000", "8086:1889", "iavf",
                    kind="endpoint")


def disks(builder, device, first, count):
    for n in range(count):
        bus = first + n
        builder.add(f"0000:80:{device:02x}.{n}", "060400", "8086:352b", "pcieport",
                    f"{bus:02x}-{bus:02x}", ROOT_PORT)
        builder.add(f"0000:{bus:02x}:00.0", "010802", "144d:a808", "nvme", kind="endpoint")


def source():
    builder = Builder()
    uncore(builder, 0x00)
    uncore(builder, 0x80)
    accelerators(builder, "0000:00:01.0", 0x10)
    accelerators(builder, "0000:00:02.0", 0x20)
    network(builder, "0000:00:03.0", 0x30, 64)
    chain(builder, "0000:00:04.0", 0x40, 9)
    disks(builder, 1, 0x90, 8)
    disks(builder, 2, 0xa0, 8)
    made = real.Source("# cpu vendor: Intel\n# distribution/kernel: Linux 6.12.48\n")
    made.rows = sorted(builder.rows, key=lambda row: row.address)
    return made
