// SPDX-License-Identifier: GPL-2.0-or-later
/* Each kind of user of a card is named, with what it uses; nobody who uses a twin or nothing is. */
#include "boot-tree.h"

#include "host/users-parts.h"

#include <fcntl.h>
#include <stdio.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define ROOT_PORT_PATH "pci0000:00/0000:00:01.0"
#define CARD ROOT_PORT_PATH "/0000:01:00.0"
#define AUDIO ROOT_PORT_PATH "/0000:01:00.1"
#define CARD_USB ROOT_PORT_PATH "/0000:01:00.2/usb3/3-1"
#define STICK CARD_USB "/3-1:1.0/host4/target4:0:0/4:0:0:0"
#define TWIN "pci0000:00/0000:00:02.0/0000:02:00.0"

static const struct bdf card[] = { { 0, 1, 0, 0 }, { 0, 1, 0, 1 }, { 0, 1, 0, 2 } };

/* A character device with the name of its file. */
#define CHAR(number, place, name)                                                        \
	"sys/dev/char/" number " -> ../../devices/" place "\n"                           \
	"dev/char/" number " -> ../" name "\n"

#define DRM CHAR("226:0", CARD "/drm/card0", "dri/card0")
#define RENDER CHAR("226:128", CARD "/drm/renderD128", "dri/renderD128")
#define PCM CHAR("116:7", AUDIO "/sound/card1/pcmC1D3p", "snd/pcmC1D3p")
#define EVENT CHAR("13:64", CARD_USB "/3-1:1.0/input/input4/event4", "input/event4")
#define HIDRAW CHAR("245:0", CARD_USB "/3-1:1.0/0003:046D/hidraw/hidraw0", "hidraw0")
#define USB_NODE CHAR("189:257", CARD_USB, "bus/usb/003/002")
#define TWIN_DRM CHAR("226:1", TWIN "/drm/card1", "dri/card1")
#define GROUP                                                                            \
	"sys/bus/pci/devices/0000:01:00.0 -> ../../../devices/" CARD "\n"                \
	"sys/devices/" CARD "/iommu_group -> ../../../../kernel/iommu_groups/12\n"       \
	"sys/class/vfio/12/dev = 244:0\nsys/class/vfio/13/dev = 244:1\n"
#define NVIDIA(address, minor)                                                           \
	"proc/driver/nvidia/gpus/" address "/information = Model: \t\t NVIDIA\\n"        \
	"Device Minor: \t " minor "\\nGPU Excluded:\t No\\n\n"

#define PROCESS(pid, comm) "proc/" pid "/comm = " comm "\nproc/" pid "/fd /\n"
#define OPEN(pid, fd, file) "proc/" pid "/fd/" fd " -> " file "\n"
#define MAPPED(pid, file)                                                                \
	"proc/" pid "/maps = 1000-2000 r-xp 00000000 fe:01 99 /usr/bin/x\\n"             \
	"2000-3000 rw-s 00000000 00:06 1    " file "\\n\n"

#define USB_DISK                                                                         \
	DISK("sda", "8:0", STICK)                                                        \
	PART("sda", "sda1", "8:1", STICK) PART("sda", "sda2", "8:2", STICK)
#define SYSTEM_DISK DISK("vda", "254:0", VIRTIO)
#define ROOT ROOT_ON("254:0", "ext4", "/dev/vda")
#define NET(name, place, flags)                                                          \
	"sys/class/net/" name " -> ../../devices/" place "/net/" name "\n"               \
	"sys/devices/" place "/net/" name "/flags = " flags "\n"
#define NIC ROOT_PORT_PATH "/0000:01:00.1"

struct users_case {
	const char *name, *tree, *users;
};

static const struct users_case cases[] = {
	{ "nothing at all", "proc /\n", "" },
	{ "a card with nothing open",
	  DRM PCM GROUP USB_DISK SYSTEM_DISK MOUNTINFO(ROOT) NET("eth0", NIC, "0x1002")
		  PROCESS("812", "Xorg") OPEN("812", "3", "/dev/null"),
	  "" },
	{ "DRM, by two processes; a process is named once",
	  DRM RENDER PROCESS("812", "Xorg") OPEN("812", "9", "/dev/dri/card0")
		  OPEN("812", "11", "/dev/dri/renderD128") PROCESS("90", "systemd-logind")
			  OPEN("90", "20", "/dev/dri/card0"),
	  "process 90 systemd-logind: /dev/dri/card0\n"
	  "process 812 Xorg: /dev/dri/card0\nprocess 812 Xorg: /dev/dri/renderD128\n"
	  "error CARD_IN_USE card: the card is in use: systemd-logind (90) has "
	  "/dev/dri/card0 open, Xorg (812) has /dev/dri/card0 open\n" },
	{ "a render node alone",
	  DRM RENDER PROCESS("7", "ollama") OPEN("7", "4", "/dev/dri/renderD128"),
	  "process 7 ollama: /dev/dri/renderD128\n"
	  "error CARD_IN_USE card: the card is in use: ollama (7) has "
	  "/dev/dri/renderD128 open\n" },
	{ "the twin's users are not named",
	  DRM TWIN_DRM PROCESS("812", "Xorg") OPEN("812", "9", "/dev/dri/card1")
		  OPEN("812", "10", "/dev/dri/card01") OPEN("812", "11", "/dev/dri/card"),
	  "" },
	{ "NVIDIA's own driver: this card's file, not the one of all cards",
	  NVIDIA("0000:01:00.0", "1") NVIDIA("0000:02:00.0", "0") PROCESS("5", "python3")
		  OPEN("5", "3", "/dev/nvidiactl") OPEN("5", "4", "/dev/nvidia1")
			  PROCESS("6", "twin") OPEN("6", "4", "/dev/nvidia0"),
	  "process 5 python3: /dev/nvidia1\n"
	  "error CARD_IN_USE card: the card is in use: python3 (5) has /dev/nvidia1 "
	  "open\n" },
	{ "NVIDIA's own driver says no number: unknown",
	  "proc/driver/nvidia/gpus/0000:01:00.0/information = Model: x\n" DRM PROCESS("5", "x")
		  OPEN("5", "4", "/dev/dri/card0"),
	  "process 5 x: /dev/dri/card0\n"
	  "error CARD_IN_USE card: the card is in use: x (5) has /dev/dri/card0 open\n"
	  "error CARD_IN_USE card: whether the card is in use is not known: "
	  "/proc/driver/nvidia/gpus: No data available\n" },
	{ "sound", PCM PROCESS("8", "pipewire") OPEN("8", "4", "/dev/snd/pcmC1D3p"),
	  "process 8 pipewire: /dev/snd/pcmC1D3p\n"
	  "error CARD_IN_USE card: the card is in use: pipewire (8) has "
	  "/dev/snd/pcmC1D3p open\n" },
	{ "USB: hidraw, input, the device itself",
	  HIDRAW EVENT USB_NODE PROCESS("8", "a") OPEN("8", "4", "/dev/hidraw0")
		  PROCESS("9", "b") OPEN("9", "4", "/dev/input/event4")
			  PROCESS("10", "c d") OPEN("10", "4", "/dev/bus/usb/003/002"),
	  "process 8 a: /dev/hidraw0\nprocess 9 b: /dev/input/event4\n"
	  "process 10 c d: /dev/bus/usb/003/002\n"
	  "error CARD_IN_USE card: the card is in use: a (8) has /dev/hidraw0 open, b "
	  "(9) has /dev/input/event4 open, c d (10) has /dev/bus/usb/003/002 open\n" },
	{ "VFIO: a VM has this group, another the twin's",
	  GROUP PROCESS("99", "qemu-system-x86") OPEN("99", "30", "/dev/vfio/12")
		  OPEN("99", "29", "/dev/vfio/vfio") PROCESS("98", "qemu-system-x86")
			  OPEN("98", "30", "/dev/vfio/13"),
	  "process 99 qemu-system-x86: /dev/vfio/12\n"
	  "error CARD_IN_USE card: the card is in use: qemu-system-x86 (99) has "
	  "/dev/vfio/12 open\n" },
	{ "VFIO without an IOMMU",
	  GROUP "sys/class/vfio/noiommu-12/dev = 244:5\n" PROCESS("99", "dpdk")
		  OPEN("99", "30", "/dev/vfio/noiommu-12"),
	  "process 99 dpdk: /dev/vfio/noiommu-12\n"
	  "error CARD_IN_USE card: the card is in use: dpdk (99) has "
	  "/dev/vfio/noiommu-12 open\n" },
	{ "VFIO: a VM has the function by iommufd",
	  CHAR("511:0", CARD "/vfio-dev/vfio0", "vfio/devices/vfio0")
		  CHAR("511:1", TWIN "/vfio-dev/vfio1", "vfio/devices/vfio1")
			  PROCESS("99", "qemu") OPEN("99", "30", "/dev/vfio/devices/vfio0")
				  PROCESS("98", "qemu")
					  OPEN("98", "30", "/dev/vfio/devices/vfio1"),
	  "process 99 qemu: /dev/vfio/devices/vfio0\n"
	  "error CARD_IN_USE card: the card is in use: qemu (99) has "
	  "/dev/vfio/devices/vfio0 open\n" },
	{ "mapped after it was closed; its node is gone",
	  DRM PROCESS("7", "a") MAPPED("7", "/dev/dri/card0") PROCESS("8", "b")
		  OPEN("8", "3", "/dev/dri/card0 (deleted)") PROCESS("9", "c")
			  MAPPED("9", "/dev/dri/card1"),
	  "process 7 a: /dev/dri/card0\nprocess 8 b: /dev/dri/card0\n"
	  "error CARD_IN_USE card: the card is in use: a (7) has /dev/dri/card0 open, b "
	  "(8) has /dev/dri/card0 open\n" },
	{ "processes that end meanwhile, one without a name",
	  DRM "proc/7 /\nproc/8/comm = x\nproc/9/fd/3 -> /dev/dri/card0\n",
	  "process 9 a process: /dev/dri/card0\n"
	  "error CARD_IN_USE card: the card is in use: a process (9) has "
	  "/dev/dri/card0 open\n" },
	{ "open files that cannot be read: unknown, and the others are named",
	  DRM "proc/7/fd = not a folder\n" PROCESS("8", "x")
		  OPEN("8", "3", "/dev/dri/card0"),
	  "process 8 x: /dev/dri/card0\n"
	  "error CARD_IN_USE card: the card is in use: x (8) has /dev/dri/card0 open\n"
	  "error CARD_IN_USE card: whether the card is in use is not known: /proc/7: Not "
	  "a directory\n" },
	{ "a file that is no link: unknown",
	  DRM PROCESS("7", "x") "proc/7/fd/3 = /dev/dri/card0\n",
	  "error CARD_IN_USE card: whether the card is in use is not known: /proc/7: "
	  "Invalid argument\n" },
	{ "names that people choose",
	  DRM PROCESS("7", "evil\033[31m") OPEN("7", "3", "/dev/dri/card0"),
	  "process 7 evil\033[31m: /dev/dri/card0\n"
	  "error CARD_IN_USE card: the card is in use: evil\\x1b[31m (7) has "
	  "/dev/dri/card0 open\n" },
	{ "more users than a line holds",
	  DRM PROCESS("1", "p1") OPEN("1", "3", "/dev/dri/card0") PROCESS("2", "p2")
		  OPEN("2", "3", "/dev/dri/card0") PROCESS("3", "p3") OPEN("3", "3",
									   "/dev/dri/card0")
			  PROCESS("4", "p4") OPEN("4", "3",
						  "/dev/dri/card0") PROCESS("5", "p5")
				  OPEN("5", "3", "/dev/dri/card0") PROCESS("6", "p6")
					  OPEN("6", "3", "/dev/dri/card0") PROCESS("7", "p7")
						  OPEN("7", "3",
						       "/dev/dri/card0") PROCESS("8", "p8")
							  OPEN("8", "3", "/dev/dri/card0"),
	  "process 1 p1: /dev/dri/card0\nprocess 2 p2: /dev/dri/card0\n"
	  "process 3 p3: /dev/dri/card0\nprocess 4 p4: /dev/dri/card0\n"
	  "process 5 p5: /dev/dri/card0\nprocess 6 p6: /dev/dri/card0\n"
	  "process 7 p7: /dev/dri/card0\nprocess 8 p8: /dev/dri/card0\n"
	  "error CARD_IN_USE card: the card is in use: p1 (1) has /dev/dri/card0 open, "
	  "p2 (2) has /dev/dri/card0 open, p3 (3) has /dev/dri/card0 open, p4 (4) has "
	  "/dev/dri/card0 open, p5 (5) has /dev/dri/card0 open, p6 (6) has "
	  "/dev/dri/card0 open, and 2 more\n" },
	{ "a USB disk: its partition is mounted",
	  SYSTEM_DISK USB_DISK MOUNTINFO(
		  ROOT "30 27 8:1 / /mnt/my\\040x rw - vfat /dev/sda1 rw"),
	  "mount /mnt/my x: /dev/sda1\n"
	  "error CARD_IN_USE card: the card is in use: /mnt/my x is mounted from "
	  "/dev/sda1\n" },
	{ "mounted through a volume, which a process has open too",
	  SYSTEM_DISK USB_DISK VIRTUAL("dm-0", "253:0")
		  SLAVE("dm-0", "sda2") "sys/devices/virtual/block/dm-0/dm/name = secret\n" MOUNTINFO(
			  ROOT "30 27 253:0 / /mnt rw - ext4 /dev/mapper/secret rw")
			  PROCESS("7", "cat") OPEN("7", "3", "/dev/dm-0"),
	  "process 7 cat: /dev/dm-0\nmount /mnt: /dev/mapper/secret\n"
	  "volume secret: dm-0\n"
	  "error CARD_IN_USE card: the card is in use: cat (7) has /dev/dm-0 open\n"
	  "error CARD_IN_USE card: the card is in use: /mnt is mounted from "
	  "/dev/mapper/secret, volume secret lies on it\n" },
	{ "swap, and a RAID that nothing is mounted from",
	  SYSTEM_DISK USB_DISK VIRTUAL("md0", "9:0") SLAVE("md0", "sda2")
		  MOUNTINFO(ROOT) "proc/swaps = Filename Type\\n/dev/sda1 "
				  "partition 1 0 -2\n",
	  "swap swap: /dev/sda1\nvolume md0: md0\n"
	  "error CARD_IN_USE card: the card is in use: /dev/sda1 is swap, volume md0 "
	  "lies on it\n" },
	{ "a file on it is a disk too",
	  SYSTEM_DISK USB_DISK
		  DISK("loop0", "7:0", "virtual") "sys/devices/virtual/block/loop0/loop/backing_file = /mnt/image\n" MOUNTINFO(
			  ROOT "30 27 8:1 / /mnt rw - ext4 /dev/sda1 rw\\n"
			       "31 27 7:0 / /image rw - ext4 /dev/loop0 rw"),
	  "mount /image: /dev/loop0\nmount /mnt: /dev/sda1\n"
	  "error CARD_IN_USE card: the card is in use: /image is mounted from "
	  "/dev/loop0, /mnt is mounted from /dev/sda1\n" },
	{ "other disks, networks and memory",
	  SYSTEM_DISK USB_DISK SATA2 MOUNTINFO(
		  ROOT "30 27 8:17 / /mnt rw - ext4 /dev/sdb1 rw\\n"
		       "31 27 0:31 / /net rw - nfs4 host:/x rw\\n"
		       "32 27 0:32 / /tmp rw - tmpfs tmpfs rw\\n"
		       "33 27 0:33 / /proc rw - proc proc rw\\n"
		       "34 27 0:34 / /doc rw - fuse.portal portal rw\\n"
		       "35 27 0:35 / /run rw - fuse /dev/fuse rw"),
	  "" },
	{ "a mounted disk that leads nowhere may lie on the card's",
	  SYSTEM_DISK USB_DISK MOUNTINFO(ROOT "30 27 7:9 / /mnt rw - ext4 /dev/loop9 rw"),
	  "error CARD_IN_USE card: whether the card is in use is not known: the disk of "
	  "/mnt (/dev/loop9): No such device\n" },
	{ "the same where the card has no disk",
	  SYSTEM_DISK DRM MOUNTINFO(ROOT "30 27 7:9 / /mnt rw - ext4 /dev/loop9 rw"), "" },
	{ "NVMe with several paths: its namespaces are not below it",
	  SYSTEM_DISK CHAR("240:0", CARD "/nvme/nvme0", "nvme0") BLOCK_(
		  "nvme0n1", "259:0",
		  "virtual/nvme-subsystem/nvme-subsys0/nvme0n1") "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0 -> "
								 "../../../" CARD
								 "/nvme/nvme0\n" MOUNTINFO(
									 ROOT
									 "30 27 259:0 / /mnt rw - ext4 /dev/nvme0n1 rw")
									 PROCESS("7", "fio")
										 OPEN("7",
										      "3",
										      "/dev/nvme0n1"),
	  "process 7 fio: /dev/nvme0n1\nmount /mnt: /dev/nvme0n1\n"
	  "error CARD_IN_USE card: the card is in use: fio (7) has /dev/nvme0n1 open\n"
	  "error CARD_IN_USE card: the card is in use: /mnt is mounted from "
	  "/dev/nvme0n1\n" },
	{ "network up and down",
	  NET("eth0", NIC, "0x1003") NET("eth1", NIC, "0x1002") NET("eth2", TWIN, "0x1003"),
	  "network eth0: up\n"
	  "error CARD_IN_USE card: the card is in use: network eth0 is up\n" },
	{ "the console on the card is no user",
	  "sys/class/graphics/fb0 -> ../../devices/" CARD
	  "/graphics/fb0\n" CHAR("29:0", CARD "/graphics/fb0", "fb0") PROCESS("7", "x")
		  OPEN("7", "3", "/dev/tty1"),
	  "" },
};

static void append(char **text, char *more)
{
	char *longer;

	assert_true(asprintf(&longer, "%s%s", *text, more) >= 0);
	free(*text);
	free(more);
	*text = longer;
}

static char *user_line(const struct user *user)
{
	static const char *const kinds[] = { "process", "mount", "swap", "volume",
					     "network" };
	char pid[16] = "", *line;

	if (user->kind == USER_PROCESS)
		snprintf(pid, sizeof(pid), " %d", user->pid);
	assert_true(asprintf(&line, "%s%s %s: %s\n", kinds[user->kind], pid, user->name,
			     user->what) >= 0);
	return line;
}

static char *finding_line(const struct finding *finding)
{
	char *line;

	assert_non_null(finding->remedy);
	assert_true(asprintf(&line, "%s %s %s: %s\n", severity_name(finding->severity),
			     finding_name(finding->code), finding->subject,
			     finding->text) >= 0);
	return line;
}

static char *all_lines(const struct users *users)
{
	CLEANUP(findings_done) struct findings findings = {};
	char *text = strdup("");

	for (size_t i = 0; i < users->n; i++)
		append(&text, user_line(&users->items[i]));
	users_add_findings(users, "card", &findings);
	for (size_t i = 0; i < findings.n; i++)
		append(&text, finding_line(&findings.items[i]));
	return text;
}

static void test_users(void **state)
{
	const struct users_case *c = *state;
	CLEANUP(users_done) struct users users = {};
	_cleanup_free_ char *text = NULL;
	struct tree tree;
	int r;

	tree_make(&tree, c->tree);
	r = users_find(&tree.root, card, ARRAY_SIZE(card), &users);
	tree_remove(&tree);
	text = all_lines(&users);
	assert_string_equal(text, c->users);
	/* What could not be read is an error for those who look at the errno alone. */
	assert_int_equal(r < 0, users.unknown != NULL);
}

/* Random machines: a card and its twin, and processes that have files of either open -------- */

#define FILES 6 /* the first three are the card's */
#define PROCESSES 5

static const char two_cards[] =
	DRM RENDER HIDRAW TWIN_DRM CHAR("226:129", TWIN "/drm/renderD129", "dri/renderD129")
		CHAR("89:4", TWIN "/i2c-4/i2c-dev/i2c-4", "i2c-4");
static const char *const files[FILES] = {
	"/dev/dri/card0", "/dev/dri/renderD128", "/dev/hidraw0",
	"/dev/dri/card1", "/dev/dri/renderD129", "/dev/i2c-4",
};

static char *random_process(unsigned pid, unsigned opens, char **expected)
{
	char *text, *line;

	assert_true(asprintf(&text, "proc/%u/comm = p\nproc/%u/fd /\n", pid, pid) >= 0);
	for (unsigned i = 0; i < FILES; i++) {
		if (!(opens & 1u << i))
			continue;
		assert_true(asprintf(&line, "proc/%u/fd/%u -> %s\n", pid, i, files[i]) >= 0);
		append(&text, line);
		if (i >= FILES / 2)
			continue;
		assert_true(asprintf(&line, "process %u p: %s\n", pid, files[i]) >= 0);
		append(expected, line);
	}
	return text;
}

static void test_random(void **state)
{
	(void)state;
	srand(13);
	for (unsigned i = 0; i < 64; i++) {
		_cleanup_free_ char *text = strdup(two_cards), *expected = strdup("");
		_cleanup_free_ char *found = strdup("");
		CLEANUP(users_done) struct users users = {};
		struct tree tree;

		for (unsigned pid = 1; pid <= PROCESSES; pid++)
			append(&text, random_process(pid, rand() & rand(), &expected));
		tree_make(&tree, text);
		assert_int_equal(users_find(&tree.root, card, ARRAY_SIZE(card), &users), 0);
		tree_remove(&tree);
		for (size_t k = 0; k < users.n; k++)
			append(&found, user_line(&users.items[k]));
		assert_string_equal(found, expected);
	}
}

/* The running system ----------------------------------------------------------------------- */

/* A process that has one file open by another name, and one mapped and closed. */
static pid_t start_user(const char *link)
{
	int ends[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		int fd = open("/dev/zero", O_RDWR);

		if (fd < 0 || open(link, O_WRONLY) < 0 ||
		    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ||
		    close(fd) < 0 || write(ends[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	return child;
}

static bool has_user(const struct users *users, pid_t pid, const char *what)
{
	for (size_t i = 0; i < users->n; i++)
		if (users->items[i].pid == pid && streq(users->items[i].what, what))
			return true;
	return false;
}

static void test_live(void **state)
{
	struct device items[] = { { false, 1, 7, TEXT("/dev/full-by-number") },
				  { false, 1, 9, TEXT("/dev/urandom-by-number") } };
	struct devices devices = { items, ARRAY_SIZE(items), ARRAY_SIZE(items), false };
	CLEANUP(users_done) struct users users = {};
	char folder[] = "/tmp/vfio-claim-users-XXXXXX", link[64];
	struct root root;
	pid_t child;
	int own;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(link, sizeof(link), "%s/x", folder);
	assert_int_equal(symlink("/dev/full", link), 0);
	own = open("/dev/full", O_WRONLY);
	child = start_user(link);
	assert_int_equal(root_open(&root, "/"), 0);
	/* Other users' processes are closed to us unless we are root. */
	assert_in_set(users_find_processes(&root, &devices, &users),
		      ((LargestIntegralType[]){ 0, (LargestIntegralType)-EACCES }), 2);
	assert_true(has_user(&users, child, "/dev/full-by-number"));
	assert_false(has_user(&users, child, "/dev/urandom-by-number"));
	assert_false(has_user(&users, getpid(), "/dev/full-by-number"));
	users_done(&users);
	items[0].name = TEXT("/dev/zero");
	items[0].minor = 99;
	assert_in_set(users_find_processes(&root, &devices, &users),
		      ((LargestIntegralType[]){ 0, (LargestIntegralType)-EACCES }), 2);
	assert_true(has_user(&users, child, "/dev/zero"));
	root_done(&root);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(own);
	unlink(link);
	rmdir(folder);
}

int main(void)
{
	static const struct CMUnitTest others[] = { cmocka_unit_test(test_random),
						    cmocka_unit_test(test_live) };
	int failed = RUN_TABLE(cases, test_users);

	return failed + cmocka_run_group_tests(others, NULL, NULL);
}
