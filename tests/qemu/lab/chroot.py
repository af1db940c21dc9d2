# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs commands inside a root, isolated from the host.

Each run has a mount and a process namespace of its own and a private /dev: a package
script that "repairs" device nodes must not reach the host's. No /sys, so that no image
builder looks at the machine the lab runs on.
"""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache
from pathlib import Path

DEV_NODES = "null 1 3, zero 1 5, full 1 7, random 1 8, urandom 1 9, tty 5 0"

# make_dev DIR: a private /dev with only the harmless nodes
MAKE_DEV = r"""
make_dev() {
	mount -t tmpfs -o mode=0755 lab-dev "$1"
	while read -r name major minor; do
		mknod -m 0666 "$1/$name" c "$major" "$minor"
	done <<-NODES
	NODE_LIST
	NODES
	ln -s /proc/self/fd "$1/fd"
	ln -s fd/0 "$1/stdin"
	ln -s fd/1 "$1/stdout"
	ln -s fd/2 "$1/stderr"
	mkdir "$1/shm" "$1/pts"
	mount -t devpts -o newinstance,ptmxmode=0666 lab-pts "$1/pts"
	ln -s pts/ptmx "$1/ptmx"
}
""".replace("NODE_LIST", DEV_NODES.replace(", ", "\n\t"))

# Arguments: root, keep or discard, scratch directory with the files to lay over the root and the
# script to run in it. Discarded changes of the root go to an overlay in the scratch directory.
CHANGED_ROOT = (
    MAKE_DEV
    + r"""
set -eu
root=$1 fate=$2 scratch=$3 merged=$3/merged
mkdir -p "$scratch/upper" "$scratch/work" "$merged"
if [ "$fate" = keep ]; then
	mount --bind "$root" "$merged"
elif ! mount -t overlay -o "lowerdir=$root,upperdir=$scratch/upper,workdir=$scratch/work" \
	lab-root "$merged" 2>"$scratch/mount-error"; then
	cp -a --reflink=auto "$root/." "$merged/"
	mount --bind "$merged" "$merged"
fi
for tree in "$scratch/files" "$scratch/script"; do
	[ ! -e "$tree" ] || cp -a --no-preserve=ownership "$tree/." "$merged/"
done
mkdir -p "$merged/lab-out"
mount --bind "$scratch/out" "$merged/lab-out"
mount -t proc proc "$merged/proc"
mount -t tmpfs -o mode=1777 lab-tmp "$merged/tmp"
make_dev "$merged/dev"
status=0
chroot "$merged" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
	TERM=dumb sh -eu /lab-script || status=$?
umount -R -l "$merged"
exit $status
"""
)

# Argument: a command, run on the host's own files but with a private /dev.
PRIVATE_DEV = (
    MAKE_DEV
    + r"""
set -eu
make_dev /dev
status=0
"$@" || status=$?
umount -l /dev
exit $status
"""
)


class CommandFailed(Exception):
    """A command of the lab failed; the text holds the end of its output."""


@cache
def _propagation() -> str:
    """The mount propagation that isolates the host's other namespaces.

    In a chroot whose root is no mount point, nothing can be made private; then the scripts above unmount
    their own mounts.
    """
    probe = ["unshare", "--mount", "--propagation", "private", "true"]
    is_possible = subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode == 0
    return "private" if is_possible else "unchanged"


def _namespaces(script: str, *args: str | Path) -> str:
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    command += ["--propagation", _propagation()]
    done = subprocess.run(
        [*command, "sh", "-c", script, "lab", *map(str, args)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        tail = said.splitlines()[-60:]
        raise CommandFailed(f"exit {done.returncode} of {args[-1]}:\n" + "\n".join(tail))
    return said


def run_with_private_dev(*command: str | Path) -> None:
    """Runs a command of the host that makes or changes a root."""
    _namespaces(PRIVATE_DEV, *command)


class Session:
    """A throw-away copy of a root: files are laid over it, a script runs in it, /lab-out is taken.

    keep: the root itself.
    """

    def __init__(self, root: Path, scratch_parent: Path, keep: bool = False) -> None:
        self.root = root
        self._parent = scratch_parent
        self._fate = "keep" if keep else "discard"

    def __enter__(self) -> Session:
        self._parent.mkdir(parents=True, exist_ok=True)
        self._temporary = tempfile.TemporaryDirectory(dir=self._parent)
        self.scratch = Path(self._temporary.name)
        self.files = self.scratch / "files"
        self.out = self.scratch / "out"
        self.files.mkdir()
        self.out.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        self._temporary.cleanup()

    def run(self, script: str) -> str:
        """Runs the shell script as root of the copy, returns its output; results belong in /lab-out."""
        place = self.scratch / "script"
        place.mkdir(exist_ok=True)
        (place / "lab-script").write_text(script, encoding="utf-8")
        return _namespaces(CHANGED_ROOT, self.root, self._fate, self.scratch)
