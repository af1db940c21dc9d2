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
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import cache
from .chroot import Session, run_with_private_dev

SUITES = ("bookworm", "trixie")
MATRIX_SUITES = (*SUITES, "sid")
# A mirror that is some days old does no harm, as all is made again each week.
MAY_BE_STALE = ("sid",)
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
    file = package.partition(":")[0]  # without the architecture
    return (
        'cd "$1/var/tmp" && export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" && '
        f"apt-get -q -o APT::Sandbox::User=root download {package} && "
        f"dpkg-deb --fsys-tarfile {file}_*.deb | tar -x -C \"$1\" --wildcards '{pattern}' && "
        f"rm {file}_*.deb"
    )


def _make(
    suite: str,
    packages: tuple[str, ...],
    root: Path,
    excluded: tuple[str, ...] = EXCLUDED_PATHS,
    parts: dict[str, str] | None = None,
    hooks: tuple[str, ...] = (),
    architectures: tuple[str, ...] = (),
) -> None:
    components = ALL_COMPONENTS if NON_FREE_PACKAGES & set(packages) else "main"
    # INITRD=No: the kernel's package would make an unused image.
    os.environ["INITRD"] = "No"
    stale = ["--aptopt=Acquire::Check-Valid-Until \"false\""] if suite in MAY_BE_STALE else []
    run_with_private_dev(
        "mmdebstrap",
        "--variant=minbase",
        "--quiet",
        *([f"--architectures={','.join(architectures)}"] if architectures else []),
        f"--components={components}",
        "--include=" + ",".join(packages),
        *(f"--dpkgopt=path-exclude={path}" for path in excluded),
        # A root can be made again: no need to sync the disk for each file.
        "--dpkgopt=force-unsafe-io",
        *(f"--customize-hook={_unpack(*part)}" for part in (parts or {}).items()),
        *(f"--customize-hook={hook}" for hook in hooks),
        *stale,
        suite,
        root,
    )


def _add(suite: str, packages: tuple[str, ...], plain: Path, root: Path) -> None:
    """Makes a root out of a finished one: much quicker, and with the same kernel."""
    subprocess.run(["cp", "-a", "--reflink=auto", f"{plain}/.", root], check=True)
    stale = "-o Acquire::Check-Valid-Until=false" if suite in MAY_BE_STALE else ""
    with Session(root, cache.CACHE / "tmp", keep=True) as session:
        session.run(
            "export DEBIAN_FRONTEND=noninteractive INITRD=No\n"
            f"apt-get -q {stale} update\n"
            f"apt-get -q -y --no-install-recommends install {' '.join(packages)}\n"
            "apt-get clean\n"
            "rm -r /var/lib/apt/lists/* /lab-script\n"
            "umount /lab-out && rmdir /lab-out\n"
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
        if more_packages and not NON_FREE_PACKAGES & set(packages):
            plain = guest_root(suite, (), builder)
            cache.say(f"{suite}: adding {', '.join(more_packages)} to the guest root (about 20 s)")
            _add(suite, more_packages, plain, root)
            return
        cache.say(f"{suite}: making the guest root with {package} (about 60 s)")
        _make(suite, packages, root)

    key = f"{suite}-guest-{_week()}-{cache.digest(packages, EXCLUDED_PATHS)}"
    return cache.once("roots", key, make)


def foreign_root(suite: str, architecture: str, install: Callable[[Path, Path], None], *inputs: object) -> Path:
    """The guest root of an architecture whose programs do not run here; made when needed.

    install(tree, root) makes the root of a tree in which the packages are unpacked, and lie in
    /var/cache/apt/archives. It is made again when the inputs change.
    """
    packages = tuple(package.replace("amd64", architecture) for package in GUEST_PACKAGES)
    without = tuple(pattern for pattern in NOT_IN_SECOND_KERNEL if pattern != "lib/modules/*/kernel/sound")

    def make(root: Path) -> None:
        cache.say(f"{suite} {architecture}: unpacking the guest root (about 60 s)")
        with tempfile.TemporaryDirectory(dir=root.parent, suffix=".new") as place:
            tree = Path(place) / "tree"
            _unpack_foreign(suite, architecture, packages, without, tree)
            install(tree, root)

    key = cache.digest(packages, EXCLUDED_PATHS, without, *inputs)
    return cache.once("roots", f"{suite}-{architecture}-{_week()}-{key}", make)


def _unpack_foreign(
    suite: str, architecture: str, packages: tuple[str, ...], without: tuple[str, ...], tree: Path
) -> None:
    essential = ("?essential", "?priority(required)", "usr-is-merged")
    # As unpacking alone merges nothing.
    merge = 'for d in bin lib sbin; do mkdir -p "$1/usr/$d"; ln -s "usr/$d" "$1/$d"; done'
    run_with_private_dev(
        "mmdebstrap",
        "--variant=extract",
        "--quiet",
        f"--architectures={architecture}",
        *(f"--include={package}" for package in (*essential, *packages)),
        *(f"--dpkgopt=path-exclude={path}" for path in EXCLUDED_PATHS),
        *(f"--dpkgopt=path-exclude=/{path}/*" for path in without),
        "--skip=cleanup/apt,download/empty",
        f"--setup-hook={merge}",
        '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin',
        suite,
        tree,
    )
    (kernel,) = tree.glob("var/cache/apt/archives/linux-image-[0-9]*.deb")
    _repack(kernel, without)


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
    packages = ("build-essential", *_build_dependencies())

    def make(root: Path) -> None:
        cache.say(f"{suite}: making the packager's root (about 70 s)")
        _make(suite, packages, root)

    key = f"{suite}-packager-{_week()}-{cache.digest(packages, EXCLUDED_PATHS)}"
    return cache.once("roots", key, make)


def cross_root(suite: str, architecture: str, kernel: str) -> Path:
    """The root that compiles for another architecture: the package, and modules for this kernel."""
    libraries = tuple(name for name in _build_dependencies() if re.search("^lib.*-dev$|^pkgconf$", name))
    # The tools that build modules, in the version of the headers, are programs of this machine.
    version = re.match(r"\d+\.\d+", kernel)
    assert version, kernel
    packages = (
        f"crossbuild-essential-{architecture}",
        "build-essential",
        *_build_dependencies(),
        *(f"{name}:{architecture}" for name in libraries if name != "libcmocka-dev"),
        f"linux-kbuild-{version[0]}",
        f"linux-headers-{kernel.rpartition('-')[0]}-common",
    )
    parts = {f"linux-headers-{kernel}:{architecture}": "./usr/*"}
    own = subprocess.run(["dpkg", "--print-architecture"], stdout=subprocess.PIPE, text=True, check=True)

    def make(root: Path) -> None:
        cache.say(f"{suite}: making the root that compiles for {architecture} (about 100 s)")
        _make(suite, packages, root, parts=parts, architectures=(own.stdout.strip(), architecture))

    key = f"{suite}-cross-{_week()}-{cache.digest(packages, parts, EXCLUDED_PATHS)}"
    return cache.once("roots", key, make)


def _build_dependencies() -> list[str]:
    """The packages of debian/control's Build-Depends, without those of cross builds."""
    control = (cache.SOURCE_DIR / "debian/control").read_text(encoding="utf-8")
    depends = re.search(r"^Build-Depends:((?:\n [^\n]*)*)", control, re.MULTILINE)
    assert depends, "debian/control has no Build-Depends, one a line"
    lines = [line for line in depends[1].splitlines() if ":native" not in line]
    return list(filter(None, (re.sub(r"-compat|\s|\(.*\)|<.*>|,", "", line) for line in lines)))


def bare_root(suite: str) -> Path:
    """Plain Debian with only the packages that the README asks for."""

    def make(root: Path) -> None:
        cache.say(f"{suite}: making a bare root (about 25 s)")
        _make(suite, BARE_PACKAGES, root, excluded=())

    return cache.once("roots", f"{suite}-bare-{_week()}-{cache.digest(BARE_PACKAGES)}", make)


def _repack(deb: Path, without: tuple[str, ...]) -> None:
    """Makes of a package the same one for a slow machine: smaller, and not compressed."""
    with tempfile.TemporaryDirectory(dir=deb.parent) as place:
        tree = Path(place) / "tree"
        subprocess.run(["dpkg-deb", "-R", deb, tree], check=True)
        for pattern in without:
            for found in [*tree.glob(pattern), *tree.glob(f"usr/{pattern}")]:
                shutil.rmtree(found)
        build = ["dpkg-deb", "-Znone", "--root-owner-group", "-b", tree, deb]
        subprocess.run(build, stdout=subprocess.DEVNULL, check=True)


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
        _repack(fetched, NOT_IN_SECOND_KERNEL)

    (deb,) = cache.once("roots", f"{suite}-{package}-{_week()}-{cache.digest(NOT_IN_SECOND_KERNEL)}", make).glob("*.deb")
    return deb
