# SPDX-License-Identifier: GPL-2.0-or-later
"""The role for Ansible, with connection: chroot, and the snippets of docs/fleet.md, on a Debian that builds
its own boot image."""

import re
import shlex
import shutil

import pytest
import yaml

from lab import build, cache, roots
from lab.chroot import Session
from machine import Machine
from test_machines import HERE

SUITE = "bookworm"
CARD = "0000:01:00.0 id=10de:2206 subsystem=1458:403b path=0000:00:01.0/00.0"
PLAY = """
- hosts: fleet
  gather_facts: false
  roles:
    - role: vfio_claim
"""
# The machine's command line and kernel in place of those that this test runs on.
MACHINE = """
echo quiet >/cmdline
ls /lib/modules >/osrelease
mount --bind /cmdline /proc/cmdline
mount --bind /osrelease /proc/sys/kernel/osrelease
"""
# The chroot is the root itself, seen through a mount.
RUN = MACHINE + """
mkdir /target
mount --rbind / /target
export ANSIBLE_ROLES_PATH=/fleet/ansible/roles ANSIBLE_NOCOLOR=1 HOME=/root
play() { # NAME CARD...: its output and its exit status
	name=$1
	shift
	status=0
	ansible-playbook -i /fleet/hosts /fleet/play.yml "$@" >/lab-out/$name 2>&1 || status=$?
	echo $status >/lab-out/$name.status
	md5sum /boot/initrd.img-* >/lab-out/$name.images 2>&1 || :
}
"""


def recap(text):
    """The counts of the last line: {"ok": 3, "changed": 2, "failed": 0, ...}"""
    line = text.strip().splitlines()[-1]
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}


def put_programs(session):
    shutil.copytree(build.built(SUITE).installed, session.files, symlinks=True, dirs_exist_ok=True)


def put_machine(session):
    """The machine's /sys; the rest is this root's own."""
    machine = Machine(HERE / "intel-rtx3080.tree")
    for path in [path for path in machine.entries if not path.startswith("sys/")]:
        del machine.entries[path]
    machine.write(session.files)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The plays, each once: their output, recap, exit status and the images after them."""
    place = tmp_path_factory.mktemp("runs")
    with Session(roots.fleet_root(SUITE), cache.CACHE / "tmp") as session:
        put_programs(session)
        put_machine(session)
        fleet = session.files / "fleet"
        shutil.copytree(cache.SOURCE_DIR / "contrib/ansible", fleet / "ansible")
        (fleet / "hosts").write_text("fleet ansible_host=/target ansible_connection=community.general.chroot "
                                     "ansible_python_interpreter=/usr/bin/python3\n", encoding="utf-8")
        (fleet / "play.yml").write_text(PLAY, encoding="utf-8")
        cards = {"card": CARD, "gone": "0000:09:00.0 id=10de:2204"}
        for name, card in cards.items():
            (fleet / f"{name}.yml").write_text(f'vfio_claim_gpus: ["{card}"]\n', encoding="utf-8")
        said = session.run(RUN + "play check -e @/fleet/card.yml --check\n"
                           "play first -e @/fleet/card.yml\nplay second -e @/fleet/card.yml\n"
                           "play again -e @/fleet/card.yml --check\nplay refused -e @/fleet/gone.yml\n"
                           "umount -R -l /target\n")
        for file in session.out.iterdir():
            shutil.copy(file, place)
    found = {}
    for name in ("check", "first", "second", "again", "refused"):
        text = (place / name).read_text()
        found[name] = (text, recap(text), int((place / f"{name}.status").read_text()),
                       (place / f"{name}.images").read_text())
    return found


def test_first_run_changes_and_the_second_does_not(runs):
    text, counts, status, images = runs["first"]
    assert (status, counts["failed"]) == (0, 0), text
    assert counts["changed"] == 2, text  # the file and the images
    assert "initrd.img-" in images
    text, counts, status, same = runs["second"]
    assert (status, counts["changed"], counts["failed"]) == (0, 0, 0), text
    assert same == images


def test_a_refusal_is_a_failed_task_with_the_reason(runs):
    text, counts, status, images = runs["refused"]
    assert status == 2 and counts["failed"] == 1, text
    assert "GPU_NOT_FOUND" in text and "remedy: " in text
    assert images == runs["first"][3], "nothing was built"


def test_check_mode_writes_nothing(runs):
    text, counts, status, images = runs["check"]
    assert (status, counts["changed"], counts["failed"]) == (0, 1, 0), text  # the file would be written
    assert images != runs["first"][3]
    text, counts, status, _ = runs["again"]
    assert (status, counts["changed"]) == (0, 0), text


# docs/fleet.md -----------------------------------------------------------------------------


def snippet(heading, language):
    """The first snippet of this language below a heading."""
    text = (cache.SOURCE_DIR / "docs/fleet.md").read_text(encoding="utf-8")
    part = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]
    return re.search(rf"^```{language}\n(.*?)^```", part, re.MULTILINE | re.DOTALL)[1]


def carry_out(script, has_machine):
    with Session(roots.fleet_root(SUITE), cache.CACHE / "tmp") as session:
        put_programs(session)
        if has_machine:
            put_machine(session)
        return session.run(MACHINE + script + "\nvfio-claim setup --from-config --yes --json --force 2>/dev/null\n")


def test_cloud_init():
    """What cloud-init would do with it, in its order."""
    config = yaml.safe_load(snippet("cloud-init", "yaml"))
    files = "".join(f"cat >{one['path']} <<'END'\n{one['content']}END\n" for one in config["write_files"])
    commands = "".join(shlex.join(words) + "\n" for words in config["runcmd"])
    script = f"{files}{commands}{config['power_state']['condition']} && echo reboots\n"
    said = carry_out(script, has_machine=True)
    assert "\nreboots\n" in said, said
    assert '"changed": false' in said, said


def test_image_build():
    said = carry_out(snippet("Image builds", "sh"), has_machine=False)
    assert '"changed": false' in said, said


def test_other_snippets_are_sound():
    play = yaml.safe_load(snippet("Ansible", "yaml"))
    defaults = yaml.safe_load((cache.SOURCE_DIR / "contrib/ansible/roles/vfio_claim/defaults/main.yml").read_text())
    assert set(play[0]["roles"][0]["vars"]) <= set(defaults)
    rule = yaml.safe_load(snippet("Kubernetes: Node Feature Discovery", "yaml"))
    [terms] = [one["matchFeatures"] for one in rule["spec"]["rules"]]
    labels = snippet("Kubernetes: Node Feature Discovery", "")
    assert all(f"{name}=" in labels for name in terms[0]["matchExpressions"])
    for heading in "KubeVirt", "Dynamic Resource Allocation":
        assert yaml.safe_load(snippet(heading, "yaml"))["spec"]
