# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian roots of a suite: the guest that boots, the builder that compiles, and others.

The builder has the headers of the guest's very kernel, so that the test modules fit.
All are made again each week: an old root would hide breakage by a Debian update.
"""

from __future__ import annotations

import datetime
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from . import cache
from .chroot import run_with_private_dev

SUITES = ("bookworm", "trixie")
MATRIX_SUITES = (*SUITES, "sid")
DEBIAN = {"bookworm": "Debian 12", "trixie": "Debian 13", "sid": "Debian unstable"}

# The builder of the guest's boot image, and its package.
BUILDERS = {"initramfs-tools": "initramfs-tools", "dracut": "dracut", "dracut-no-systemd": "dracut"}

# Unstable's dracut needs switch_root for an image without systemd, but does not depend on its package.
UNSTABLE_PACKAGES = {"dracut": ("util-linux-extra",)}

# Packages that the agent and the command need at run time, and a boot; no busybox, so that the boot
# scripts run with klibc's few tools.
GUEST_PACKAGES = (
    "linux-image-amd64",
    "initramfs-tools",
    "udev",
    "kmod",
    "zstd",
    "e2fsprogs",
    "systemd-sysv",
    "libpci3",
    "libjson-c5",
    "libkmod2",
    "libblkid1",
    "libmount1",
    "libsmartcols1",
    "libarchive13",
    "libsystemd0",
    "pci.ids",
)
BUILDER_PACKAGES = (
    "gcc",
    "libc6-dev",
    "make",
    "pkg-config",
    "libkmod-dev",
    "libpci-dev",
    "libjson-c-dev",
    "libblkid-dev",
    "libmount-dev",
    "libsmartcols-dev",
    "libarchive-dev",
    "libsystemd-dev",
    "libudev-dev",
)
BARE_PACKAGES = ("git", "make")
# What a fleet is run with. Of large packages only what is used: one collection of Ansible's, which has
# the connection to a chroot, and promtool.
FLEET_PACKAGES = ("ansible-core", "python3")
FLEET_PARTS = {
    "ansible": "./usr/lib/python3/dist-packages/ansible_collections/community/general/*",
    "prometheus": "./usr/bin/promtool",
}
# Files that no emulated machine needs, and that would take minutes to unpack.
NOT_IN_SECOND_KERNEL = tuple(
    f"lib/modules/*/kernel/{part}"
    for part in (
        *(f"drivers/{name}" for name in ("iio", "infiniband", "media", "net", "scsi", "staging")),
        *(f"drivers/gpu/drm/{name}" for name in ("amd", "i915", "xe")),
        *(f"fs/{name}" for name in ("btrfs", "gfs2", "nfs", "nfsd", "ocfs2", "smb", "xfs")),
        "net",
        "sound",
    )
)
KERNEL_BUILDER_PACKAGES = (
    "gcc",
    "libc6-dev",
    "make",
    "flex",
    "bison",
    "bc",
    "libelf-dev",
    "xz-utils",
    "kmod",
    "linux-source",
)
# NVIDIA's own driver, which DKMS builds while the root is made, is not in Debian's main part.
NON_FREE_PACKAGES = frozenset({"nvidia-kernel-dkms"})
ALL_COMPONENTS = "main,contrib,non-free,non-free-firmware"
EXCLUDED_PATHS = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")


def _week() -> str:
    year, week, _ = datetime.date.today().isocalendar()
    return f"{year}-W{week:02}"


def _unpack(package: str, pattern: str) -> str:
    """The hook of mmdebstrap that adds the files of a package that is not installed."""
    return (
        'cd "$1/var/tmp" && export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" && '
        f"apt-get -q -o APT::Sandbox::User=root download {package} && "
        f"dpkg-deb --fsys-tarfile {package}_*.deb | tar -x -C \"$1\" --wildcards '{pattern}' && "
        f"rm {package}_*.deb"
    )


def _make(
    suite: str,
    packages: tuple[str, ...],
    root: Path,
    excluded: tuple[str, ...] = EXCLUDED_PATHS,
    parts: dict[str, str] | None = None,
    hooks: tuple[str, ...] = (),
) -> None:
    components = ALL_COMPONENTS if NON_FREE_PACKAGES & set(packages) else "main"
    # INITRD=No: the kernel's package would make an unused image.
    os.environ["INITRD"] = "No"
    # A mirror that is some days old does no harm, as all is made again each week.
    stale = ["--aptopt=Acquire::Check-Valid-Until \"false\""] if suite == "sid" else []
    run_with_private_dev(
        "mmdebstrap",
        "--variant=minbase",
        "--quiet",
        f"--components={components}",
        "--include=" + ",".join(packages),
        *(f"--dpkgopt=path-exclude={path}" for path in excluded),
        *(f"--customize-hook={_unpack(*part)}" for part in (parts or {}).items()),
        *(f"--customize-hook={hook}" for hook in hooks),
        *stale,
        suite,
        root,
    )


def guest_root(
    suite: str, more_packages: tuple[str, ...] = (), builder: str = "initramfs-tools"
) -> Path:
    """The root that boots, with this builder of boot images; made when needed."""
    package = BUILDERS[builder]
    packages = (*(package if p == "initramfs-tools" else p for p in GUEST_PACKAGES), *more_packages)
    if suite == "sid":
        packages += UNSTABLE_PACKAGES.get(package, ())

    def make(root: Path) -> None:
        cache.say(f"{suite}: making the guest root with {package} (about 60 s)")
        _make(suite, packages, root)

    key = f"{suite}-guest-{_week()}-{cache.digest(packages, EXCLUDED_PATHS)}"
    return cache.once("roots", key, make)


def fleet_root(suite: str) -> Path:
    """A guest root that also has Ansible and promtool."""
    packages = (*GUEST_PACKAGES, *FLEET_PACKAGES)

    def make(root: Path) -> None:
        cache.say(f"{suite}: making the root of the fleet, with Ansible and promtool (about 90 s)")
        # A small image, as one of each kind of module would take a minute.
        small = 'echo MODULES=list >"$1/etc/initramfs-tools/conf.d/small"'
        image = 'chroot "$1" update-initramfs -c -k all'
        _make(suite, packages, root, parts=FLEET_PARTS, hooks=(small, image))

    key = cache.digest(packages, EXCLUDED_PATHS, FLEET_PARTS, "small")
    return cache.once("roots", f"{suite}-fleet-{_week()}-{key}", make)


def kernel_version(guest: Path) -> str:
    """The one kernel of a guest root."""
    versions = [path.name for path in (guest / "lib/modules").iterdir()]
    if len(versions) != 1:
        raise RuntimeError(f"{guest}: expected one kernel, found {versions}")
    return versions[0]


def builder_root(suite: str, kernel: str = "") -> Path:
    """The root that compiles for a guest with this kernel (default: the suite's); made when needed."""
    packages = (*BUILDER_PACKAGES, f"linux-headers-{kernel or kernel_version(guest_root(suite))}")

    def make(root: Path) -> None:
        cache.say(f"{suite}: making the builder root (about 70 s)")
        _make(suite, packages, root)

    key = f"{suite}-builder-{_week()}-{cache.digest(packages, EXCLUDED_PATHS)}"
    return cache.once("roots", key, make)


def kernel_builder_root(suite: str) -> Path:
    """The root that compiles kernels, with the source of the suite's own."""

    def make(root: Path) -> None:
        cache.say(f"{suite}: making the root that builds kernels (about 60 s)")
        _make(suite, KERNEL_BUILDER_PACKAGES, root)

    key = f"{suite}-kernels-{_week()}-{cache.digest(KERNEL_BUILDER_PACKAGES, EXCLUDED_PATHS)}"
    return cache.once("roots", key, make)


def packager_root(suite: str) -> Path:
    """The root that makes the Debian package, with the build dependencies of debian/control."""
    control = (cache.SOURCE_DIR / "debian/control").read_text(encoding="utf-8")
    depends = re.search(r"^Build-Depends:((?:\n [^\n]*)*)", control, re.MULTILINE)
    assert depends, "debian/control has no Build-Depends, one a line"
    names = [re.sub(r"-compat|\s|\(.*\)|<.*>|,", "", line) for line in depends[1].splitlines()]
    packages = ("build-essential", *filter(None, names))

    def make(root: Path) -> None:
        cache.say(f"{suite}: making the packager's root (about 70 s)")
        _make(suite, packages, root)

    key = f"{suite}-packager-{_week()}-{cache.digest(packages, EXCLUDED_PATHS)}"
    return cache.once("roots", key, make)


def bare_root(suite: str) -> Path:
    """Plain Debian with only the packages that the README asks for."""

    def make(root: Path) -> None:
        cache.say(f"{suite}: making a bare root (about 25 s)")
        _make(suite, BARE_PACKAGES, root, excluded=())

    return cache.once("roots", f"{suite}-bare-{_week()}-{cache.digest(BARE_PACKAGES)}", make)


def archive(suite: str, package: str) -> Path:
    """The newest .deb of a package or of its dependency, repacked for quick unpacking."""

    def make(result: Path) -> None:
        cache.say(f"{suite}: fetching {package} (about 10 s)")
        fetch = (
            f'cd {shlex.quote(str(result))} && export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" && '
            f"apt-get -o APT::Sandbox::User=root download $(apt-cache depends --no-recommends "
            f"--no-suggests {package} | sed -n 's/^ *Depends: //p')"
        )
        # Makes no root: only apt's lists, and a hook.
        command = ["mmdebstrap", "--quiet", "--variant=custom", "--format=null"]
        run_with_private_dev(*command, f"--customize-hook={fetch}", suite, "-")
        (fetched,) = result.glob("*.deb")
        # The same package for a slow machine: smaller, and not compressed.
        subprocess.run(["dpkg-deb", "-R", fetched, result / "tree"], check=True)
        fetched.unlink()
        for pattern in NOT_IN_SECOND_KERNEL:
            for place in [*result.glob(f"tree/{pattern}"), *result.glob(f"tree/usr/{pattern}")]:
                shutil.rmtree(place)
        build = ["dpkg-deb", "-Znone", "--root-owner-group", "-b", result / "tree", fetched]
        subprocess.run(build, stdout=subprocess.DEVNULL, check=True)
        shutil.rmtree(result / "tree")

    (deb,) = cache.once("roots", f"{suite}-{package}-{_week()}-{cache.digest(NOT_IN_SECOND_KERNEL)}", make).glob("*.deb")
    return deb
