# SPDX-License-Identifier: GPL-2.0-or-later
"""The package's life on a machine that keeps its disk: the steps of users, in their order.

Each life is several boots long; the expectations of a boot depend on those before it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from . import build, cache, expect
from .living import Installation, Living
from .machine import Card, Function, Machine, rtx_3080, rv100
from .result import Result

USB = Card((Function("qemu-xhci"),))  # as QEMU shows it, 1b36:000d
INTEL = Machine(iommu="intel", slots=(rtx_3080(), USB))
CARD = INTEL.address(0)
CONTROLLER = INTEL.address(1)
GPU = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={INTEL.path(0)}"

RADEON = Machine(iommu="intel", slots=(rv100(),))
# radeon's text console on this emulated chip can hang the guest, and no test needs it.
RADEON_ARGUMENTS = ["drm_kms_helper.fbdev_emulation=0"]

NEWER = "99.0"
UNIT = "vfio-claim-verify.service"
DEB = "/root/vfio-claim.deb"
APT = "/lab/step {0} env DEBIAN_FRONTEND=noninteractive apt-get -y {0}"
# For dpkg the same version is an upgrade too.
UPGRADE = (
    f"/lab/step upgrade env DEBIAN_FRONTEND=noninteractive apt-get -y --reinstall install {DEB}\n"
    "cmp /etc/vfio-claim.conf /lab/out/conf && echo kept >/lab/out/kept\n"
)

QEMU = ("qemu-system-x86",)
# The lab's guest has no KVM, no memory to spare and no disk for a VM; it asks what the VM sees.
IN_THE_LAB = (
    ("accel=kvm", "accel=tcg"),
    ("-m 8G", "-m 64"),
    ("-drive file=vm.qcow2", "-nodefaults -display none -S -monitor stdio"),
)

# Facts of a boot before the test does anything in it.
LOOK = f"""
/lab/step failed systemctl --failed --plain --no-legend
/lab/step unit systemctl show -p ActiveState --value {UNIT}
/lab/step first-status vfio-claim status
/lab/step first-verify vfio-claim verify --json
/lab/step list vfio-claim log --list
/lab/step record sh -c 'vfio-claim image-record $(uname -r)'
cp /run/vfio-claim/report.json /lab/out/first-report.json
cp /etc/vfio-claim.conf /lab/out/conf
"""
# Lists our files in every image, with the builder's own tool.
IMAGES = """
for image in /boot/initrd.img-*; do
	echo "$image"
	$(command -v lsinitramfs || echo lsinitrd) "$image" | grep vfio-claim
done
"""
LOOK_INTO_IMAGES = f"/lab/step images sh -c '{IMAGES}'\n"
# Files of the lab and of the test, and apt's log of the commands, are not ours.
FIND = """
rm -f /root/*.deb
/lab/step find find / -xdev -path /lab -prune -o -name '*vfio-claim*' -print
"""


def ok(result: Result, *steps: str) -> None:
    """All these steps succeeded."""
    for step in steps:
        done = result.command(step)
        assert done.exit_code == 0, f"{step}: {done}"


def codes(report: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in [*report["findings"], *report["verified"]["findings"]]}


def as_configured(result: Result) -> dict[str, Any]:
    """A boot that leaves nothing to do."""
    assert result.text("multi-user").strip() == "active"
    assert result.command("failed").output == ""
    assert result.command("unit").output.strip() == "active"
    ok(result, "first-status", "first-verify", "list")
    report = result.document("first-report.json")
    assert report["result"] == "claimed"
    assert report["verified"]["result"] == "as-configured"
    assert {image["state"] for image in report["verified"]["images"]} == {"current"}
    assert {group["answer"] for group in report["verified"]["vfio"]} == {"accepted"}
    findings = [*report["findings"], *report["verified"]["findings"]]
    assert [finding for finding in findings if finding["severity"] != "info"] == []
    assert "needs known" in result.command("record").output.splitlines()
    assert report["config_sha256"] == hashlib.sha256(result.text("conf").encode()).hexdigest()
    assert report["boot_id"][:8] in result.command("list").output
    return report


def not_as_configured(result: Result, code: str) -> dict[str, Any]:
    """The unit fails for this reason, and reports it in every place."""
    assert UNIT in result.command("failed").output
    assert result.command("unit").output.strip() == "failed"
    assert result.command("first-status").exit_code == 1
    assert code in result.command("first-status").output
    assert result.command("first-verify").exit_code == 1
    report = result.document("first-report.json")
    assert report["verified"]["result"] == "not-as-configured"
    assert code in codes(report)
    return report


def nothing_left(result: Result) -> None:
    """No file of ours is left, and no mention of us in any kernel's image."""
    assert result.command("find").output == ""
    images = result.command("images").output.splitlines()
    assert images and all(line.startswith("/boot/initrd.img-") for line in images)


def host_has_radeon(result: Result) -> None:
    assert result.drivers(CARD) == ["radeon"]
    assert result.lines(rf"radeon {CARD}: ")


def builds(result: Result, step: str) -> int:
    """How often the one kernel's image was built in this step, by the builder's line or by ours."""
    said = result.command(step).output
    return said.count("update-initramfs: Generating ") + said.count("Running: update-initramfs ")


def install(guest: Living, *more: str, **options: Any) -> Result:
    """The first boot: apt installs the package, and a card is set up. The host still has the whole
    card."""
    boot = guest.boot(
        "cp /boot/initrd.img-* /root/without-agent\n"
        + APT.format("install")
        + f" {DEB}\n/lab/step setup vfio-claim setup 01:00.0\n"
        + "cp /etc/vfio-claim.conf /lab/out/conf\n"
        + LOOK_INTO_IMAGES
        + "".join(more),
        files={DEB: build.package(guest.installation.suite).read_bytes()},
        **options,
    )
    ok(boot, "install", "setup")
    assert builds(boot, "install") == 0, "nothing was configured yet"
    assert "usr/lib/vfio-claim/agent" in boot.command("images").output
    return boot


def walk() -> tuple[list[str], list[str], str]:
    """The README's commands: before the reboot, after it, and the one that starts the VM."""
    readme = (cache.SOURCE_DIR / "README.md").read_text(encoding="utf-8")
    _, _, rest = readme.partition("From the package to a VM that has the card:\n\n")
    block = rest.partition("\n\n")[0].splitlines()
    commands = [line.partition("  #")[0].strip().removeprefix("sudo ") for line in block]
    reboot = commands.index("reboot")
    *after, vm = commands[reboot + 1 :]
    for words, ours in IN_THE_LAB:
        assert words in vm
        vm = vm.replace(words, ours)
    return commands[:reboot], after, vm


def steps(commands: list[str]) -> str:
    """A step for each command, with the command as its name in one word."""
    return "".join(f"/lab/step {step_name(command)} {command}\n" for command in commands)


def step_name(command: str) -> str:
    return "walk-" + command.split()[1]


def start_vm(command: str) -> str:
    return f"""
echo 'info qtree' | timeout 300 {command} >/lab/out/vm 2>&1 &
for i in $(seq 100); do
	grep -q 10de:1ad8 /lab/out/vm && break
	sleep 2
done
kill $! || :
wait
"""


def from_installation_to_purge(
    living: Callable[..., Living], suite: str, builder: str, walks: bool = False
) -> None:
    """Install, set up, upgrade, reboot, remove, purge, reboot: the host's drivers have the card back.

    walks: the README's way, to a VM that has the card.
    """
    guest = living(INTEL, Installation(suite, builder, packages=QEMU if walks else ()))
    before, after, vm = walk() if walks else ([], [], ":")

    boot = install(guest, UPGRADE, steps(before))
    ok(boot, "upgrade", *map(step_name, before))
    expect.host_has_3080(boot, CARD)
    assert GPU in boot.text("conf").splitlines()
    assert boot.text("kept") == "kept\n"
    upgraded = builds(boot, "upgrade")

    boot = guest.boot(
        LOOK
        + steps(after)
        + (start_vm(vm) if walks else "")
        + APT.format("remove")
        + " vfio-claim\nls -d /etc/vfio-claim.conf >/lab/out/after-remove\n"
        + APT.format("purge")
        + " vfio-claim\n"
        + FIND
    )
    as_configured(boot)
    assert boot.drivers(CARD) == ["vfio-pci"] * 3
    assert not expect.probed_by_nouveau(boot, CARD)
    ok(boot, "remove", "purge", *map(step_name, after))
    if walks:
        assert set(re.findall("10de:[0-9a-f]{4}", boot.text("vm"))) == {"10de:2206", "10de:1aef", "10de:1ad8"}
    if builder == "initramfs-tools":
        assert (upgraded, builds(boot, "remove"), builds(boot, "purge")) == (1, 1, 0)
    assert boot.text("after-remove") == "/etc/vfio-claim.conf\n"

    boot = guest.boot(FIND + LOOK_INTO_IMAGES)
    expect.host_has_3080(boot, CARD)
    nothing_left(boot)
    assert boot.text("failed-units") == ""


def upgraded_and_changed(living: Callable[..., Living], suite: str, builder: str) -> None:
    """An upgrade keeps the configuration; a change by hand is missing from the image, is reported at
    boot, and repaired."""
    guest = living(INTEL, Installation(suite, builder))
    install(guest)

    boot = guest.boot(
        LOOK + APT.format("install") + f" {DEB}\n"
        "cmp /etc/vfio-claim.conf /lab/out/conf && echo kept >/lab/out/kept\n"
        f"echo 'device = {CONTROLLER} id=1b36:000d' >>/etc/vfio-claim.conf\n",
        files={DEB: build.package(suite, NEWER).read_bytes()},
    )
    assert as_configured(boot)["program"] != f"vfio-claim {NEWER}"
    ok(boot, "install")
    assert boot.text("kept") == "kept\n"

    boot = guest.boot(LOOK + "/lab/step rebuild vfio-claim setup --rebuild\n")
    assert boot.report["result"] == "claimed"
    assert boot.report["program"] == f"vfio-claim {NEWER}", "the upgrade's trigger made the image"
    assert boot.drivers(CARD) == ["vfio-pci"] * 3
    assert boot.drivers(CONTROLLER) == ["xhci_hcd"]
    not_as_configured(boot, "IMAGE_STALE")
    ok(boot, "rebuild")

    boot = guest.boot(LOOK)
    as_configured(boot)
    assert boot.drivers(CARD) == ["vfio-pci"] * 3
    assert boot.drivers(CONTROLLER) == ["vfio-pci"]


def kernels_with_and_without_the_agent(living: Callable[..., Living], suite: str, builder: str) -> None:
    """A kernel upgrade, an image from before the installation, purge for both kernels."""
    guest = living(RADEON, Installation(suite, builder, debs=("linux-image-rt-amd64",)))

    boot = install(guest, "/lab/step kernel dpkg -i /root/linux-image-*.deb\n", arguments=RADEON_ARGUMENTS)
    host_has_radeon(boot)
    ok(boot, "kernel")
    old, new = guest.kernels()
    assert f"linux-image-{new}" in boot.command("kernel").output

    boot = guest.boot(
        LOOK + f"mv /boot/initrd.img-{old} /root/with-agent\n"
        f"cp /root/without-agent /boot/initrd.img-{old}\n"
        "/lab/step verify-both vfio-claim verify --json\n",
        kernel=new,
        arguments=RADEON_ARGUMENTS,
    )
    expect.claimed(boot, CARD, functions=1)
    assert not boot.lines(rf"radeon {CARD}: ")
    report = as_configured(boot)
    assert {image["kernel"] for image in report["verified"]["images"]} == {old, new}
    verified = json.loads(boot.command("verify-both").output)["verified"]
    assert {image["kernel"]: image["state"] for image in verified["images"]} == {
        old: "without-agent",
        new: "current",
    }
    assert [f["subject"] for f in verified["findings"] if f["code"] == "IMAGE_WITHOUT_AGENT"] == [old]

    boot = guest.boot(
        LOOK + f"mv /root/with-agent /boot/initrd.img-{old}\n" + APT.format("purge") + " vfio-claim\n"
        + "rm /root/without-agent\n" + FIND + LOOK_INTO_IMAGES,
        kernel=old,
        arguments=RADEON_ARGUMENTS,
    )
    host_has_radeon(boot)
    report = not_as_configured(boot, "IMAGE_WITHOUT_AGENT")
    assert report["result"] == "failed"
    ok(boot, "purge")
    assert len(boot.command("images").output.splitlines()) == 2
    nothing_left(boot)

    # This kernel's image is not the newest, which the package's trigger updates.
    boot = guest.boot(FIND, kernel=old, arguments=RADEON_ARGUMENTS)
    host_has_radeon(boot)
    assert boot.command("find").output == ""
    assert boot.text("failed-units") == ""
