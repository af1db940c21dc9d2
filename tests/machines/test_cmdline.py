# SPDX-License-Identifier: GPL-2.0-or-later
"""`vfio-claim setup --apply-cmdline` on machines with all kinds of boot loaders: what it would do. Below a
sysroot it is a dry run; tests/qemu/test_cmdline.py does it."""

from __future__ import annotations

import subprocess
from typing import NamedTuple

import pytest
from machine import Machine
from test_machines import BUILD, HERE

WORD = "intel_iommu=on"
MENU = "boot/grub/grub.cfg = set default=\"0\"\\n" \
       "menuentry 'x' --class linux $menuentry_id_option 'gnulinux-simple' {\\n" \
       " linux /boot/vmlinuz root=UUID=x {}\\n initrd /boot/initrd.img\\n}"
# The text by which setup knows a grub-mkconfig that reads the folder.
READS_FOLDER = "usr/sbin/grub-mkconfig = for x in ${sysconfdir}/default/grub.d/*.cfg"

KERNEL_INSTALL = (
    "usr/bin/dracut = x", "usr/bin/kernel-install = x", "etc/kernel/cmdline = root=LABEL=arch_os rw",
    'etc/dracut.conf.d/line.conf = kernel_cmdline="root=LABEL=arch_os rw"',
    "boot/loader/loader.conf = default m-*", "boot/m/6.12.1-arch1-1/linux = x",
    "boot/m/6.12.1-arch1-1/initrd = x",
    "boot/loader/entries/m-6.12.1-arch1-1.conf = title x\\nversion 6.12.1-arch1-1\\n"
    "linux /m/6.12.1-arch1-1/linux\\ninitrd /m/6.12.1-arch1-1/initrd\\noptions root=LABEL=arch_os rw",
)


class Case(NamedTuple):
    name: str
    says: tuple[str, ...]
    lines: tuple[str, ...] = ()  # the machine has these too
    code: int = 0
    silent: str = "by hand"


CASES = (
    Case("19-endeavouros-grub", (
        "change /etc/default/grub", f'+ GRUB_CMDLINE_LINUX="{WORD}"',
        "then run: grub-mkconfig -o /boot/grub/grub.cfg"), (MENU,)),
    Case("19b-manjaro-update-grub", (
        "change /etc/default/grub", f'+ GRUB_CMDLINE_LINUX="{WORD}"', "then run: update-grub"),
        (MENU, "etc/default/grub.d /"), silent="grub.d"),
    Case("19c-pop-kernelstub", (f"then run: kernelstub --add-options {WORD}",),
         ("boot/efi/EFI/Pop_OS-x/vmlinuz.efi = k", "boot/efi/EFI/Pop_OS-x/initrd.img = i")),
    Case("19d-arch-systemd-boot", (
        "change /boot/loader/entries/arch.conf", "- options root=LABEL=arch_os rw",
        f"+ options root=LABEL=arch_os rw {WORD}")),
    # The entry's options are what the kernel gets, whatever dracut puts into its images.
    Case("19d-arch-systemd-boot", (
        "change /etc/kernel/cmdline", f"+ root=LABEL=arch_os rw {WORD}",
        "then run: kernel-install add 6.12.1-arch1-1 /lib/modules/6.12.1-arch1-1/vmlinuz"),
        KERNEL_INSTALL, silent="change /etc/dracut.conf.d"),
    # mkinitcpio puts the line into the image.
    Case("19e-arch-uki", (
        "change /etc/kernel/cmdline", f"+ root=UUID=x rw quiet {WORD}", "with 'mkinitcpio -P'"),
        silent="then run"),
    Case("19f-intel-off-on-line", (
        "'intel_iommu=off' is removed", "change /etc/default/grub",
        '- GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=off"', '+ GRUB_CMDLINE_LINUX_DEFAULT="quiet"',
        "new file /etc/default/grub.d/vfio-claim.cfg", "then run: update-grub"),
        (MENU, READS_FOLDER)),
    Case("19g-amd-param-on-intel", ("'amd_iommu=on' is removed", "then run: update-grub"),
         (MENU, READS_FOLDER, "etc/default/grub = GRUB_CMDLINE_LINUX_DEFAULT='quiet amd_iommu=on'")),
    # Nothing is added: the word is there, and iommu=off alone keeps the kernel from it.
    Case("19h-iommu-typo", (
        "must not switch the IOMMU off", "'iommu=off' is removed",
        '+ GRUB_CMDLINE_LINUX="intel_iommu=on,igfx_off"', "then run: update-grub"),
        (MENU.replace("{}", "intel_iommu=on,igfx_off iommu=off"), READS_FOLDER,
         'etc/default/grub = GRUB_CMDLINE_LINUX="intel_iommu=on,igfx_off iommu=off"'),
        silent="new file"),
    Case("19i-intel-on-but-no-effect", ("nothing was changed",), (MENU, READS_FOLDER), code=1,
         silent="kernel command line needs"),
    # A leftover file of another loader does not count.
    Case("19f-intel-off-on-line", ("change /etc/default/grub",),
         (MENU, READS_FOLDER, "etc/kernel/cmdline = root=x"), silent="/etc/kernel/cmdline"),
    Case("19f-intel-off-on-line", ("/etc/default/grub:2 cannot be edited safely", "nothing was changed"),
         (MENU, READS_FOLDER, 'etc/default/grub = # mine\\n[ x ] && GRUB_CMDLINE_LINUX="intel_iommu=off"'),
         code=1, silent="then run:"),
    # The next boot has it already.
    Case("19-endeavouros-grub", ("the entry that boots has it already: reboot", "needs no change"),
         (MENU.replace("{}", WORD, 1),), silent="change the kernel"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}-{CASES.index(case)}")
def test_what_would_be_done(case, tmp_path):
    machine = Machine(HERE / f"cases/{case.name}.tree")
    kernel, image = (next((path for path in machine.entries if path.startswith(start)), "")
                     for start in ("boot/vmlinuz", "boot/init"))
    for line in case.lines:
        line = line.replace("root=UUID=x {}", "root=UUID=x")
        machine.add(line.replace("linux /boot/vmlinuz ", f"linux /{kernel} ")
                    .replace("initrd /boot/initrd.img", f"initrd /{image}"))
    machine.write(tmp_path)
    done = subprocess.run(
        [BUILD / "vfio-claim", "--sysroot", tmp_path, "setup", "01:00.0", "--apply-cmdline"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        env={"COLUMNS": "100", "LC_ALL": "C.UTF-8"},
    )
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == case.code, said
    for text in case.says:
        assert text in said, (text, said)
    assert case.silent not in said, said
