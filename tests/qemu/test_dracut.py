# SPDX-License-Identifier: GPL-2.0-or-later
"""Images that dracut makes, with systemd in them and without.

One suite for each here; `make check-matrix` has all of them, `make check-extended` each trap by itself.
"""

import pytest
from lab import Image, cells, expect, traps
from lab.chroot import CommandFailed

# With systemd the harder case below is in `make check`: a nouveau that three things load early.
ONE_OF_EACH = (
    pytest.param("trixie", "dracut", marks=pytest.mark.extended),
    ("bookworm", "dracut-no-systemd"),
)


@pytest.mark.parametrize(("suite", "builder"), ONE_OF_EACH)
def test_claimed_before_nouveau_audio_and_usb_drivers(boot, suite, builder):
    cells.claim(boot, suite, builder)


@pytest.mark.extended
@pytest.mark.parametrize(("suite", "builder"), ONE_OF_EACH)
def test_without_the_claim_the_host_drivers_take_the_card(boot, suite, builder):
    cells.without(boot, suite, builder)


def test_claimed_before_all_that_loads_nouveau_early(boot):
    traps.claim(boot, "trixie", "dracut", traps.ALL)


@pytest.mark.extended
def test_without_the_claim_nouveau_is_loaded_early(boot):
    traps.without(boot, "trixie", "dracut", traps.ALL)


@pytest.mark.extended
def test_claimed_also_when_the_boot_has_ended_in_emergency(boot):
    console = traps.emergency(boot, "trixie")
    claimed = console.index("vfio-claim: claimed")
    assert console.index(traps.IN_EMERGENCY) < claimed < console.index(traps.HELD)
    assert not traps.PROBED.search(console)


@pytest.mark.extended
def test_without_the_claim_nouveau_probes_in_emergency(boot):
    console = traps.emergency(boot, "trixie", cells.OFF)
    assert console.index(traps.IN_EMERGENCY) < traps.PROBED.search(console).start()
    assert traps.HELD not in console


@pytest.mark.extended
def test_an_agent_that_refuses_does_not_stop_the_boot(boot):
    image = Image("trixie", conf=cells.CONF, builder="dracut")
    conf = cells.CONF.replace("10de:2206", "10de:2208")
    result = boot(cells.MACHINE, image, conf=conf, run=cells.SHOW_JOURNAL)
    assert result.report["result"] == "refused"
    assert "Failed to start vfio-claim-early.service" in result.text("journal")
    expect.host_has_3080(result, cells.CARD)


# Tests of builds, without a boot.

UNIT = "usr/lib/systemd/system/vfio-claim-early.service"
WANTED = "usr/lib/systemd/system/sysinit.target.wants/vfio-claim-early.service"


def hooks(tree):
    """Our hooks in an unpacked image; their folder differs between versions of dracut."""
    return [path for path in tree.rglob("*vfio-claim.sh") if path.is_file()]


def vfio_modules(tree):
    """Modules of VFIO in an unpacked image."""
    return {path.name.partition(".ko")[0] for path in tree.rglob("vfio*.ko*")}


def unpacked(place, **image):
    """An image of Debian 13's dracut, unpacked."""
    place.mkdir()
    return Image("trixie", **image).built().unpacked(place)


def test_an_image_with_systemd_has_the_unit_and_one_without_the_hook(tmp_path):
    tree = unpacked(tmp_path / "systemd", conf=cells.CONF, builder="dracut")
    assert (tree / UNIT).is_file()
    assert (tree / WANTED).is_symlink() and (tree / WANTED).resolve() == (tree / UNIT).resolve()
    assert not hooks(tree)

    tree = unpacked(tmp_path / "none", conf=cells.CONF, builder="dracut-no-systemd")
    assert not (tree / UNIT).exists()
    assert [path.name for path in hooks(tree)] == ["00-vfio-claim.sh"]
    assert sorted(path.name for path in hooks(tree)[0].parent.iterdir())[0] == "00-vfio-claim.sh"


@pytest.mark.parametrize("hostonly", ["no", "yes"])
def test_the_image_holds_agent_configuration_record_and_modules(tmp_path, hostonly):
    files = {"/etc/dracut.conf.d/test.conf": f'hostonly="{hostonly}"\n'}
    tree = unpacked(tmp_path / "tree", conf=cells.CONF, builder="dracut", files=files)
    assert (tree / "usr/lib/vfio-claim/agent").stat().st_mode & 0o100
    assert (tree / "etc/vfio-claim.conf").read_text(encoding="utf-8") == cells.CONF
    assert "built-at " in (tree / "usr/lib/vfio-claim/image-record").read_text(encoding="utf-8")
    assert vfio_modules(tree) >= {"vfio", "vfio_iommu_type1", "vfio-pci-core", "vfio-pci"}


def test_without_a_configuration_the_image_has_nothing_of_ours(tmp_path):
    tree = unpacked(tmp_path / "tree", builder="dracut")
    assert (tree / "usr/lib/systemd/systemd").exists()
    assert not (tree / "usr/lib/vfio-claim").exists()
    assert not (tree / UNIT).exists()
    assert "vfio-pci" not in vfio_modules(tree)


def test_asked_for_without_a_configuration_it_is_there(tmp_path):
    files = {"/etc/dracut.conf.d/test.conf": 'add_dracutmodules+=" vfio-claim "\n'}
    tree = unpacked(tmp_path / "tree", builder="dracut", files=files)
    assert (tree / "usr/lib/vfio-claim/agent").exists()
    assert not (tree / "etc/vfio-claim.conf").exists()


@pytest.mark.parametrize(
    ("suite", "builder", "lost"),
    [
        ("trixie", "dracut", "/usr/lib/vfio-claim/agent"),
        ("bookworm", "dracut-no-systemd", "/usr/lib/vfio-claim/agent"),
        ("trixie", "dracut", f"/{UNIT}"),
    ],
)
def test_a_broken_installation_makes_no_image(suite, builder, lost):
    image = Image(suite, conf=cells.CONF, builder=builder, prepare=f"rm {lost}\ntrap 'ls /boot' EXIT")
    with pytest.raises(CommandFailed, match="reinstall vfio-claim") as failed:
        image.built()
    assert "vmlinuz-" in str(failed.value)
    assert "\ninitrd.img-" not in str(failed.value)


def test_a_record_that_cannot_be_made_is_a_warning(tmp_path):
    image = Image("trixie", conf=cells.CONF, builder="dracut", prepare="chmod 0 /usr/bin/vfio-claim")
    built = image.built()
    assert "will not know what its system boots from" in built.log
    (tmp_path / "tree").mkdir()
    assert vfio_modules(built.unpacked(tmp_path / "tree")) >= {"vfio-pci", "vfio_iommu_type1"}
