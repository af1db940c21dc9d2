// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The `vf =` lines, and what is done about them on a small system with a kernel that is played: it makes
 * virtual functions, binds drivers, refuses and blocks as the real one does.
 */
#include "cmd/live/vf-run.h"

#include "decide/vf.h"
#include "facts/pci.h"
#include "model/finding.h"
#include "tree.h"
#include "unit.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#define PHYSICAL "0000:01:00.0"
#define DEVICES "sys/bus/pci/devices/"
#define PF DEVICES PHYSICAL "/"
#define TOTAL 7

/* Lines ---------------------------------------------------------------------------------------- */

static const struct line_case {
	const char *name, *value;
	const char *taken; /* a digit for each virtual function: 1 it is taken; NULL: an error */
	const char *wrong; /* a part of the finding's text */
} line_cases[] = {
	{ "all by default", "01:00.0 count=4", "1111", NULL },
	{ "all", "01:00.0 count=3 take=all", "111", NULL },
	{ "two", "01:00.0 count=4 take=1,2", "1100", NULL },
	{ "in any order", "take=4,1 count=4 id=8086:1572 01:00.0", "1001", NULL },
	{ "tabs", "01:00.0\tcount=2\ttake=2", "01", NULL },
	{ "one", "01:00.0 count=1 take=1", "1", NULL },
	{ "no count", "01:00.0 take=1", NULL, "no count=" },
	{ "none", "01:00.0 count=0", NULL, "from 1 to 1024" },
	{ "too many", "01:00.0 count=1025", NULL, "from 1 to 1024" },
	{ "far too many", "01:00.0 count=99999999999", NULL, "from 1 to 1024" },
	{ "negative", "01:00.0 count=-1", NULL, "from 1 to 1024" },
	{ "no number", "01:00.0 count=four", NULL, "from 1 to 1024" },
	{ "empty count", "01:00.0 count=", NULL, "from 1 to 1024" },
	{ "count twice", "01:00.0 count=2 count=2", NULL, "count= given twice" },
	{ "take twice", "01:00.0 count=2 take=1 take=2", NULL, "take= given twice" },
	{ "take beyond", "01:00.0 count=2 take=3", NULL, "take= needs" },
	{ "take zero", "01:00.0 count=2 take=0", NULL, "take= needs" },
	{ "take nothing", "01:00.0 count=2 take=", NULL, "take= needs" },
	{ "take one twice", "01:00.0 count=2 take=1,1", NULL, "take= needs" },
	{ "a comma at the end", "01:00.0 count=2 take=1,", NULL, "take= needs" },
	{ "two commas", "01:00.0 count=2 take=1,,2", NULL, "take= needs" },
	{ "a word", "01:00.0 count=2 take=some", NULL, "take= needs" },
	{ "no card", "count=2", NULL, "no address" },
	{ "a bad card", "1 count=2", NULL, "not a PCI address" },
	{ "another word", "01:00.0 count=2 drop=1", NULL, "unknown word" },
	{ "nothing", "", NULL, "no count=" },
};

static void test_line(void **state)
{
	const struct line_case *row = *state;
	_cleanup_free_ char *text = text_format("vf = %s\n", row->value);
	struct config config = config_from(text, NULL);
	struct findings findings = {};
	struct vf_lines lines;

	assert_int_equal(config.findings.n, 0); /* the agent has no complaint */
	assert_int_equal(vf_lines_parse(&config, &lines, &findings), 0);
	assert_int_equal(lines.n, row->taken ? 1 : 0);
	assert_int_equal(findings.n, row->taken ? 0 : 1);
	if (row->taken) {
		assert_int_equal(lines.items[0].count, strlen(row->taken));
		for (size_t i = 0; i < VF_COUNT_MOST; i++)
			assert_int_equal(lines.items[0].is_taken[i],
					 i < strlen(row->taken) && row->taken[i] == '1');
		assert_string_equal(lines.items[0].wanted.origin, "/etc/vfio-claim.conf:1");
	} else {
		assert_int_equal(findings.items[0].code, FINDING_CONFIG_INVALID);
		assert_string_equal(findings.items[0].subject, "/etc/vfio-claim.conf:1");
		assert_non_null(strstr(findings.items[0].text, row->wrong));
		assert_non_null(strstr(findings.items[0].text, row->value));
	}
	vf_lines_done(&lines);
	findings_done(&findings);
	config_done(&config);
}

/* A small system ------------------------------------------------------------------------------- */

static const char machine[] = "proc/cmdline = quiet\n"
			      "proc/sys/kernel/osrelease = 6.1.0\n"
			      "proc/self/mountinfo = 1 0 0:1 / / rw - tmpfs tmpfs rw\n"
			      "sys/class/iommu/dmar0 /\n"
			      "sys/kernel/irq/1/chip_name = IR-PCI-MSI\n"
			      "sys/bus/pci/drivers/nvme /\n"
			      "sys/bus/pci/drivers/vfio-pci /\n" PF "vendor = 0x8086\n" PF
			      "device = 0x1572\n" PF "class = 0x010802\n" PF
			      "iommu_group -> ../../../../kernel/iommu_groups/1\n" PF
			      "iommu -> ../../../../class/iommu/dmar0\n" PF
			      "sriov_totalvfs = 7\n" PF "sriov_drivers_autoprobe = 1\n"
			      "sys/kernel/iommu_groups/1/devices/" PHYSICAL
			      " -> ../../../../bus/pci/devices/" PHYSICAL "\n";

struct kernel {
	struct tree tree;
	char *log;
	unsigned n_writes, fail_at; /* the write with this number fails; 0: none */
	unsigned waits;	     /* the physical function's driver comes after so many */
	int count_error;     /* for a count other than 0 */
	unsigned most;	     /* as many as the driver makes */
	const char *used;    /* the address of a function in use */
	bool is_killed_late; /* removing them takes effect, and is no success */
	bool is_shared_group,
		is_driver_deaf; /* vfio-pci does not bind to the last function */
};

static char *place(const struct kernel *kernel, const char *path)
{
	return text_format("%s/%s", kernel->tree.folder, path);
}

static void put(const struct kernel *kernel, const char *path, const char *text)
{
	_cleanup_free_ char *file = place(kernel, path);
	FILE *stream = fopen(file, "w");

	assert_non_null(stream);
	fprintf(stream, "%s\n", text);
	fclose(stream);
}

static void put_link(const struct kernel *kernel, const char *path, const char *target)
{
	_cleanup_free_ char *file = place(kernel, path);

	assert_int_equal(symlink(target, file), 0);
}

static void put_folder(const struct kernel *kernel, const char *path)
{
	_cleanup_free_ char *folder = place(kernel, path);

	if (mkdir(folder, 0755) < 0)
		assert_int_equal(errno, EEXIST);
}

static int remove_entry(const char *path, const struct stat *status, int kind,
			struct FTW *walk)
{
	(void)status, (void)kind, (void)walk;
	return remove(path);
}

static void drop(const struct kernel *kernel, const char *path)
{
	_cleanup_free_ char *file = place(kernel, path);

	(void)nftw(file, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void PRINTF_LIKE(2, 3) note(struct kernel *kernel, const char *format, ...)
{
	_cleanup_free_ char *before = kernel->log, *line;
	va_list arguments;

	va_start(arguments, format);
	line = text_vformat(format, arguments);
	va_end(arguments);
	kernel->log = text_format("%s%s\n", before, line);
}

static void bind(const struct kernel *kernel, const char *address, const char *driver)
{
	_cleanup_free_ char *path = text_format(DEVICES "%s/driver", address);
	_cleanup_free_ char *target = text_format("../../drivers/%s", driver);

	put_link(kernel, path, target);
}

static void read_text(const struct kernel *kernel, const char *address, const char *name,
		      char *buffer, size_t size)
{
	_cleanup_free_ char *path = text_format("/" DEVICES "%s/%s", address, name);

	*buffer = '\0';
	(void)!root_read_line(&kernel->tree.root, path, buffer, size);
}

static bool has_driver(const struct kernel *kernel, const char *address)
{
	_cleanup_free_ char *path = text_format("/" DEVICES "%s/driver", address);

	return root_exists(&kernel->tree.root, path);
}

static void probe(const struct kernel *kernel, const char *address)
{
	char override[32], autoprobe[8];

	read_text(kernel, address, "driver_override", override, sizeof(override));
	read_text(kernel, PHYSICAL, "sriov_drivers_autoprobe", autoprobe,
		  sizeof(autoprobe));
	if (has_driver(kernel, address))
		return;
	if (streq(override, "vfio-pci")) {
		if (!kernel->is_driver_deaf || !streq(address, "0000:01:00.2"))
			bind(kernel, address, "vfio-pci");
	} else if (streq(override, "(null)") && streq(autoprobe, "1")) {
		bind(kernel, address, "nvme");
	}
}

static void add_function(const struct kernel *kernel, unsigned number)
{
	_cleanup_free_ char *address = text_format("0000:01:00.%u", number);
	_cleanup_free_ char *folder = text_format(DEVICES "%s", address);
	unsigned group = kernel->is_shared_group ? 1 : 1 + number;
	static const char *const files[][2] = {
		{ "vendor", "0x8086" },
		{ "device", "0x154c" },
		{ "class", "0x010802" },
		{ "driver_override", "(null)" },
		{ "modalias", "pci:v00008086d0000154C" },
	};
	_cleanup_free_ char *link = text_format(PF "virtfn%u", number - 1);
	_cleanup_free_ char *target = text_format("../%s", address);
	_cleanup_free_ char *in_group = text_format("%s/iommu_group", folder);
	_cleanup_free_ char *group_target =
		text_format("../../../../kernel/iommu_groups/%u", group);
	_cleanup_free_ char *unit = text_format("%s/iommu", folder);
	_cleanup_free_ char *physfn = text_format("%s/physfn", folder);
	_cleanup_free_ char *group_folder =
		text_format("sys/kernel/iommu_groups/%u", group);
	_cleanup_free_ char *members = text_format("%s/devices", group_folder);
	_cleanup_free_ char *member = text_format("%s/%s", members, address);
	_cleanup_free_ char *member_target =
		text_format("../../../../bus/pci/devices/%s", address);

	put_folder(kernel, folder);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *path = text_format("%s/%s", folder, files[i][0]);

		put(kernel, path, files[i][1]);
	}
	put_link(kernel, link, target);
	put_link(kernel, in_group, group_target);
	put_link(kernel, unit, "../../../../class/iommu/dmar0");
	put_link(kernel, physfn, "../" PHYSICAL);
	put_folder(kernel, group_folder);
	put_folder(kernel, members);
	put_link(kernel, member, member_target);
	probe(kernel, address);
}

static void remove_functions(const struct kernel *kernel)
{
	for (unsigned i = 1; i <= TOTAL; i++) {
		_cleanup_free_ char *link = text_format(PF "virtfn%u", i - 1);
		_cleanup_free_ char *folder = text_format(DEVICES "0000:01:00.%u", i);
		_cleanup_free_ char *group =
			text_format("sys/kernel/iommu_groups/%u", i + 1);
		_cleanup_free_ char *member =
			text_format("sys/kernel/iommu_groups/1/devices/0000:01:00.%u", i);

		drop(kernel, link);
		drop(kernel, folder);
		drop(kernel, group);
		drop(kernel, member);
	}
}

static int set_count(struct kernel *kernel, unsigned count)
{
	bool is_any = root_exists(&kernel->tree.root, "/" PF "virtfn0");

	if (count && kernel->count_error)
		return -kernel->count_error;
	if (count && is_any)
		return -EBUSY;
	if (!count)
		remove_functions(kernel);
	for (unsigned i = 1; i <= count && i <= kernel->most; i++)
		add_function(kernel, i);
	return !count && kernel->is_killed_late ? -EINTR : 0;
}

static int fake_write(void *data, const char *path, const char *text)
{
	struct kernel *kernel = data;
	const char *file = strrchr(path, '/') + 1;
	_cleanup_free_ char *address = has_prefix(path, "/" DEVICES) ?
					       strndup(path + strlen("/" DEVICES), 12) :
					       NULL;
	const char *value = streq(text, "\n") ? "-" : text;

	note(kernel, "%s %s", address ? address + 5 : "", file);
	note(kernel, "  %s", value);
	if (++kernel->n_writes == kernel->fail_at)
		return -EIO;
	if (streq(file, "sriov_numvfs"))
		return set_count(kernel, strtoul(text, NULL, 10));
	if (streq(file, "drivers_probe"))
		probe(kernel, text);
	else
		put(kernel, path + 1, streq(text, "\n") ? "(null)" : text);
	return 0;
}

static int fake_load(void *data, const char *module)
{
	(void)data, (void)module;
	return 0;
}

static int fake_read_driver(void *data, const struct bdf *address, char **ret_driver)
{
	struct kernel *kernel = data;

	return pci_read_driver(&kernel->tree.root, address, ret_driver);
}

static int fake_find_driver(void *data, const char *module, char **ret_driver)
{
	(void)data, (void)module;
	*ret_driver = strdup("vfio-pci");
	return *ret_driver ? 0 : -ENOMEM;
}

static int fake_unbind(void *data, const struct bdf *address)
{
	struct kernel *kernel = data;
	char text[PCI_ADDRESS_SIZE];
	_cleanup_free_ char *path =
		text_format(DEVICES "%s/driver", bdf_format(address, text));

	note(kernel, "%s unbind", text + 5);
	if (++kernel->n_writes == kernel->fail_at)
		return -EIO;
	drop(kernel, path);
	return 0;
}

static int fake_find_in_bars(void *data, const struct bdf *address,
			     char ret_name[static IOMEM_NAME_SIZE])
{
	(void)data, (void)address, (void)ret_name;
	return 0;
}

static bool fake_wait(void *data)
{
	struct kernel *kernel = data;

	if (!kernel->waits)
		return false;
	if (!--kernel->waits)
		bind(kernel, PHYSICAL, "nvme");
	return true;
}

static int fake_find_users(void *data, const struct bdf *address, char **ret_text)
{
	const struct kernel *kernel = data;
	char text[PCI_ADDRESS_SIZE];

	if (kernel->used && streq(bdf_format(address, text), kernel->used))
		*ret_text = strdup("process 'qemu' (7)");
	return 0;
}

/* Start and stop ------------------------------------------------------------------------------- */

static const struct vf_case {
	const char *name;
	const char *line;
	unsigned before;     /* virtual functions made with the host's drivers */
	const char *vfio;    /* the digits of those that vfio-pci has before */
	const char *without; /* an entry of the tree that is missing */
	const char *driver;  /* of the physical function; NULL: none */
	struct kernel kernel;
	bool is_undo;
	enum vf_end end;
	const char *drivers; /* afterwards: v, n or - for each */
	const char *finding; /* "CODE subject", or NULL */
	const char *log;     /* NULL: not compared */
} cases[] = {
	{ "four, two taken",
	  "count=4 take=1,2",
	  0,
	  "",
	  NULL,
	  "nvme",
	  {},
	  false,
	  VF_DONE,
	  "vvnn",
	  NULL,
	  "01:00.0 sriov_drivers_autoprobe\n  0\n01:00.0 sriov_numvfs\n  4\n"
	  "01:00.1 driver_override\n  vfio-pci\n01:00.2 driver_override\n  vfio-pci\n"
	  " drivers_probe\n  0000:01:00.1\n drivers_probe\n  0000:01:00.2\n"
	  "01:00.0 sriov_drivers_autoprobe\n  1\n"
	  " drivers_probe\n  0000:01:00.3\n drivers_probe\n  0000:01:00.4\n" },
	{ "all", "count=7", 0, "", NULL, "nvme", {}, false, VF_DONE, "vvvvvvv", NULL, NULL },
	{ "again", "count=4 take=1,2", 4, "12", NULL, "nvme", {}, false, VF_NOTHING, "vvnn", NULL, "" },
	{ "again, while a VM has one",
	  "count=2",
	  2,
	  "12",
	  NULL,
	  "nvme",
	  { .used = "0000:01:00.2" },
	  false,
	  VF_NOTHING,
	  "vv",
	  NULL,
	  "" },
	{ "what is missing",
	  "count=3",
	  3,
	  "13",
	  NULL,
	  "nvme",
	  {},
	  false,
	  VF_DONE,
	  "vvv",
	  "DRIVER_ATTACHED 0000:01:00.2",
	  NULL },
	{ "one that the host uses",
	  "count=2",
	  2,
	  "",
	  NULL,
	  "nvme",
	  { .used = "0000:01:00.2" },
	  false,
	  VF_REFUSED,
	  "nn",
	  "VF_IN_USE 0000:01:00.2",
	  "" },
	{ "fewer than there are",
	  "count=2 take=1",
	  4,
	  "",
	  NULL,
	  "nvme",
	  {},
	  false,
	  VF_DONE,
	  "vn",
	  NULL,
	  NULL },
	{ "fewer, while a VM has one",
	  "count=2",
	  4,
	  "4",
	  NULL,
	  "nvme",
	  { .used = "0000:01:00.4" },
	  false,
	  VF_REFUSED,
	  "nnnv",
	  "VF_IN_USE 0000:01:00.4",
	  "" },
	{ "a late driver",
	  "count=1",
	  0,
	  "",
	  NULL,
	  NULL,
	  { .waits = 3 },
	  false,
	  VF_DONE,
	  "v",
	  NULL,
	  NULL },
	{ "no driver",
	  "count=1",
	  0,
	  "",
	  NULL,
	  NULL,
	  {},
	  false,
	  VF_REFUSED,
	  "",
	  "VF_NOT_CREATED " PHYSICAL,
	  "" },
	{ "a VM's",
	  "count=1",
	  0,
	  "",
	  NULL,
	  "vfio-pci",
	  {},
	  false,
	  VF_REFUSED,
	  "",
	  "VF_NOT_CREATED " PHYSICAL,
	  "" },
	{ "no SR-IOV",
	  "count=1",
	  0,
	  "",
	  PF "sriov_totalvfs",
	  "nvme",
	  {},
	  false,
	  VF_REFUSED,
	  "",
	  "VF_NOT_CREATED " PHYSICAL,
	  "" },
	{ "more than it can",
	  "count=8",
	  0,
	  "",
	  NULL,
	  "nvme",
	  {},
	  false,
	  VF_REFUSED,
	  "",
	  "VF_NOT_CREATED " PHYSICAL,
	  "" },
	{ "no IOMMU",
	  "count=1",
	  0,
	  "",
	  "sys/class/iommu/dmar0",
	  "nvme",
	  {},
	  false,
	  VF_REFUSED,
	  "",
	  "IOMMU_OFF_KERNEL " PHYSICAL,
	  "" },
	{ "no interrupt remapping",
	  "count=1",
	  0,
	  "",
	  "sys/kernel/irq/1",
	  "nvme",
	  {},
	  false,
	  VF_REFUSED,
	  "",
	  "IRQ_REMAP_OFF 0000:01:00.1",
	  NULL },
	{ "the driver cannot",
	  "count=1",
	  0,
	  "",
	  NULL,
	  "nvme",
	  { .count_error = ENOENT },
	  false,
	  VF_FAILED,
	  "",
	  "VF_NOT_CREATED " PHYSICAL,
	  "01:00.0 sriov_drivers_autoprobe\n  0\n01:00.0 sriov_numvfs\n  1\n"
	  "01:00.0 sriov_numvfs\n  0\n01:00.0 sriov_drivers_autoprobe\n  1\n" },
	{ "the driver is busy",
	  "count=1",
	  0,
	  "",
	  NULL,
	  "nvme",
	  { .count_error = EBUSY },
	  false,
	  VF_FAILED,
	  "",
	  "VF_NOT_CREATED " PHYSICAL,
	  NULL },
	{ "the driver refuses",
	  "count=1",
	  0,
	  "",
	  NULL,
	  "nvme",
	  { .count_error = ENOMEM },
	  false,
	  VF_FAILED,
	  "",
	  "VF_NOT_CREATED " PHYSICAL,
	  NULL },
	{ "the driver hangs",
	  "count=1",
	  0,
	  "",
	  NULL,
	  "nvme",
	  { .count_error = ETIMEDOUT },
	  false,
	  VF_FAILED,
	  "",
	  "VF_NOT_CREATED " PHYSICAL,
	  "01:00.0 sriov_drivers_autoprobe\n  0\n01:00.0 sriov_numvfs\n  1\n"
	  "01:00.0 sriov_drivers_autoprobe\n  1\n" },
	{ "fewer than asked",
	  "count=4",
	  0,
	  "",
	  NULL,
	  "nvme",
	  { .most = 3 },
	  false,
	  VF_FAILED,
	  "",
	  "VF_NOT_CREATED " PHYSICAL,
	  NULL },
	{ "one group with the physical function",
	  "count=2",
	  0,
	  "",
	  NULL,
	  "nvme",
	  { .is_shared_group = true },
	  false,
	  VF_REFUSED,
	  "",
	  "GROUP_SHARED 0000:01:00.1",
	  NULL },
	{ "vfio-pci does not bind",
	  "count=2",
	  0,
	  "",
	  NULL,
	  "nvme",
	  { .is_driver_deaf = true },
	  false,
	  VF_FAILED,
	  "",
	  "PROBE_FAILED 0000:01:00.2",
	  NULL },
	{ "undo",
	  "count=4 take=1,2",
	  4,
	  "12",
	  NULL,
	  "nvme",
	  {},
	  true,
	  VF_DONE,
	  "",
	  NULL,
	  "01:00.2 driver_override\n  vfio-claim-held\n01:00.2 unbind\n"
	  "01:00.1 driver_override\n  vfio-claim-held\n01:00.1 unbind\n"
	  "01:00.0 sriov_numvfs\n  0\n" },
	{ "undo, killed for being late when all was done",
	  "count=4 take=1,2",
	  4,
	  "12",
	  NULL,
	  "nvme",
	  { .is_killed_late = true },
	  true,
	  VF_DONE,
	  "",
	  NULL,
	  NULL },
	{ "undo nothing", "count=4", 0, "", NULL, "nvme", {}, true, VF_NOTHING, "", NULL, "" },
	{ "undo while a VM has one",
	  "count=2",
	  2,
	  "12",
	  NULL,
	  "nvme",
	  { .used = "0000:01:00.1" },
	  true,
	  VF_REFUSED,
	  "vv",
	  "VF_IN_USE 0000:01:00.1",
	  "" },
	{ "undo while the host uses one",
	  "count=2 take=1",
	  2,
	  "1",
	  NULL,
	  "nvme",
	  { .used = "0000:01:00.2" },
	  true,
	  VF_REFUSED,
	  "vn",
	  "VF_IN_USE 0000:01:00.2",
	  "" },
};

static void set_up(struct kernel *kernel, const struct vf_case *row)
{
	_cleanup_free_ char *text = text_format("%setc/vfio-claim.conf = vf = 01:00.0 %s\n",
						machine, row->line);

	*kernel = row->kernel;
	kernel->log = strdup("");
	if (!kernel->most)
		kernel->most = TOTAL;
	tree_make(&kernel->tree, text);
	if (row->without)
		drop(kernel, row->without);
	if (row->driver)
		bind(kernel, PHYSICAL, row->driver);
	for (unsigned i = 1; i <= row->before; i++) {
		_cleanup_free_ char *link = text_format(DEVICES "0000:01:00.%u/driver", i);
		_cleanup_free_ char *address = text_format("0000:01:00.%u", i);

		add_function(kernel, i);
		if (!strchr(row->vfio, '0' + (char)i))
			continue;
		drop(kernel, link);
		bind(kernel, address, "vfio-pci");
	}
}

static struct vf_ops ops_of(struct kernel *kernel)
{
	return (struct vf_ops){
		.execute = { .write = fake_write,
			     .load = fake_load,
			     .read_driver = fake_read_driver,
			     .find_driver = fake_find_driver,
			     .unbind = fake_unbind,
			     .write_bounded = fake_write,
			     .find_in_bars = fake_find_in_bars,
			     .data = kernel },
		.wait = fake_wait,
		.find_users = fake_find_users,
		.data = kernel,
	};
}

static void run_case(struct kernel *kernel, bool is_undo, struct vf_result *result)
{
	const struct vf_ops ops = ops_of(kernel);
	struct vf_view view;

	assert_int_equal(vf_view_read(&kernel->tree.root, &view), 0);
	assert_int_equal(view.findings.n, 0);
	assert_int_equal(view.lines.n, 1);
	assert_non_null(view.lines.items[0].physical);
	(is_undo ? vf_stop : vf_start)(&kernel->tree.root, &view, &view.lines.items[0],
				       &ops, result);
	vf_view_done(&view);
}

static void read_drivers(const struct kernel *kernel, char *drivers)
{
	for (unsigned i = 1; i <= TOTAL; i++) {
		struct bdf address = { 0, 1, 0, i };
		_cleanup_free_ char *folder = text_format("/" DEVICES "0000:01:00.%u", i);
		_cleanup_free_ char *driver = NULL;

		if (!root_exists(&kernel->tree.root, folder))
			continue;
		assert_int_equal(pci_read_driver(&kernel->tree.root, &address, &driver), 0);
		*drivers++ = driver ? *driver : '-';
	}
	*drivers = '\0';
}

static void tear_down(struct kernel *kernel, struct vf_result *result)
{
	vf_result_done(result);
	tree_remove(&kernel->tree);
	free(kernel->log);
}

static void assert_finding(const struct findings *findings, const char *wanted)
{
	_cleanup_free_ char *text = findings_to_text(findings);

	if (wanted ? !strstr(text, wanted) : *text != '\0')
		fail_msg("wanted %s, found:\n%s", wanted ?: "nothing", text);
}

static void test_case(void **state)
{
	const struct vf_case *row = *state;
	char drivers[TOTAL + 1], autoprobe[8];
	struct vf_result result;
	struct kernel kernel;

	set_up(&kernel, row);
	run_case(&kernel, row->is_undo, &result);
	read_drivers(&kernel, drivers);
	assert_finding(&result.findings, row->finding);
	assert_int_equal(result.end, row->end);
	assert_string_equal(drivers, row->drivers);
	if (row->log)
		assert_string_equal(kernel.log, row->log);
	read_text(&kernel, PHYSICAL, "sriov_drivers_autoprobe", autoprobe,
		  sizeof(autoprobe));
	assert_string_equal(autoprobe, "1");
	tear_down(&kernel, &result);
}

/* Whichever write fails: all are taken or none, and autoprobe is as it was unless its own write failed. */
static void test_each_failure(void **state)
{
	static const struct vf_case row = {
		.line = "count=4 take=1,2", .vfio = "", .driver = "nvme", .before = 0
	};
	bool has_failed = true;

	(void)state;
	for (unsigned n = 1; has_failed; n++) {
		char drivers[TOTAL + 1], autoprobe[8];
		struct vf_result result;
		struct kernel kernel;

		set_up(&kernel, &row);
		kernel.fail_at = n;
		run_case(&kernel, false, &result);
		has_failed = kernel.n_writes >= n;
		read_drivers(&kernel, drivers);
		read_text(&kernel, PHYSICAL, "sriov_drivers_autoprobe", autoprobe,
			  sizeof(autoprobe));
		if (result.end == VF_DONE)
			assert_memory_equal(drivers, "vv", 2);
		else
			assert_string_equal(drivers, "");
		if (!streq(autoprobe, "1"))
			assert_finding(&result.findings, "VF_NOT_CREATED " PHYSICAL);
		tear_down(&kernel, &result);
	}
}

/* What was made is remembered ------------------------------------------------------------------- */

#define OTHER "0000:02:00.0"
#define MADE "/run/vfio-claim/vf-made"

static void take_told(void *data, const struct bdf *physical, const struct vf_result *result)
{
	char address[PCI_ADDRESS_SIZE], **told = data;
	_cleanup_free_ char *before = *told;

	*told = text_format("%s%s %d\n", before, bdf_format(physical, address),
			    result->end);
}

/* Starts all lines, or undoes; returns what was told. */
static char *run_all(struct kernel *kernel, const struct vf_undo *undo, int *ret_code)
{
	const struct vf_ops ops = ops_of(kernel);
	char *told = strdup("");
	const struct vf_teller teller = { take_told, &told };
	struct root *root = &kernel->tree.root;
	struct vf_view view;

	assert_int_equal(vf_view_read(root, &view), 0);
	*ret_code = undo ? vf_undo_all(root, &view, &ops, undo, &teller) :
			   vf_start_all(root, &view, &ops, &teller);
	vf_view_done(&view);
	return told;
}

static void assert_run(struct kernel *kernel, const struct vf_undo *undo, int code,
		       const char *told)
{
	int found;
	_cleanup_free_ char *text = run_all(kernel, undo, &found);

	assert_string_equal(text, told);
	assert_int_equal(found, code);
}

static void assert_made(const struct kernel *kernel, const char *lines)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (root_read_file(&kernel->tree.root, MADE, 4096, &text, &size) < 0)
		assert_string_equal(lines, "");
	else
		assert_string_equal(text, lines);
}

static void assert_functions(const struct kernel *kernel, const char *wanted)
{
	char drivers[TOTAL + 1], autoprobe[8];

	read_drivers(kernel, drivers);
	assert_string_equal(drivers, wanted);
	read_text(kernel, PHYSICAL, "sriov_drivers_autoprobe", autoprobe,
		  sizeof(autoprobe));
	assert_string_equal(autoprobe, "1");
}

static void set_up_live(struct kernel *kernel, unsigned before)
{
	const struct vf_case row = {
		.line = "count=4 take=1,2", .vfio = "", .driver = "nvme", .before = before
	};

	set_up(kernel, &row);
	kernel->tree.root.is_live = true;
	put_folder(kernel, "run");
}

static void end(struct kernel *kernel)
{
	struct vf_result nothing = {};

	tear_down(kernel, &nothing);
}

static const struct vf_undo all = {}, unfinished = { .is_unfinished_only = true },
			    dry = { .is_dry_run = true };

static void test_a_line_that_is_gone(void **state)
{
	const struct bdf physical = { 0, 1, 0, 0 }, other = { 0, 2, 0, 0 };
	const struct vf_undo ours = { .physical = &physical },
			     others = { .physical = &other };
	struct kernel kernel;

	(void)state;
	for (int is_one = 0; is_one < 2; is_one++) {
		set_up_live(&kernel, 0);
		assert_run(&kernel, NULL, 0, PHYSICAL " 1\n");
		assert_functions(&kernel, "vvnn");
		assert_made(&kernel, PHYSICAL " made 4 1\n");
		put(&kernel, "etc/vfio-claim.conf", "");
		assert_run(&kernel, &others, 0, "");
		assert_run(&kernel, &unfinished, 0, "");
		assert_functions(&kernel, "vvnn");
		assert_run(&kernel, is_one ? &ours : &all, 0, PHYSICAL " 1\n");
		assert_functions(&kernel, "");
		assert_made(&kernel, "");
		end(&kernel);
	}
}

/* Functions that another program has made are not ours to remove. */
static void test_what_was_not_made_stays(void **state)
{
	struct kernel kernel;

	(void)state;
	set_up_live(&kernel, 4);
	assert_run(&kernel, &all, 0, "");
	assert_functions(&kernel, "nnnn");
	end(&kernel);
}

static void test_in_use(void **state)
{
	struct kernel kernel;

	(void)state;
	set_up_live(&kernel, 0);
	assert_run(&kernel, NULL, 0, PHYSICAL " 1\n");
	assert_run(&kernel, &dry, 0, PHYSICAL " 1\n");
	kernel.used = "0000:01:00.1";
	assert_run(&kernel, &dry, 1, PHYSICAL " 2\n");
	assert_run(&kernel, &all, 1, PHYSICAL " 2\n");
	assert_functions(&kernel, "vvnn");
	assert_made(&kernel, PHYSICAL " made 4 1\n");
	end(&kernel);
}

/* The start was killed after two functions were there: the next undo, or the next start, puts it right. */
static void test_a_start_that_was_killed(void **state)
{
	struct kernel kernel;

	(void)state;
	for (int is_start = 0; is_start < 2; is_start++) {
		set_up_live(&kernel, 0);
		put(&kernel, PF "sriov_drivers_autoprobe", "0");
		put_folder(&kernel, "run/vfio-claim");
		put(&kernel, MADE + 1, PHYSICAL " begun 4 1");
		add_function(&kernel, 1);
		add_function(&kernel, 2);
		assert_run(&kernel, is_start ? NULL : &unfinished, 0, PHYSICAL " 1\n");
		assert_functions(&kernel, is_start ? "vvnn" : "");
		assert_made(&kernel, is_start ? PHYSICAL " made 4 1\n" : "");
		end(&kernel);
	}
}

static void test_the_last_is_undone_first(void **state)
{
	struct kernel kernel;

	(void)state;
	set_up_live(&kernel, 0);
	put_folder(&kernel, DEVICES OTHER);
	put(&kernel, DEVICES OTHER "/sriov_totalvfs", "4");
	put_folder(&kernel, "run/vfio-claim");
	put(&kernel, MADE + 1,
	    PHYSICAL " made 4 1\nnonsense\n" OTHER " made 2 1\n0000:09:00.0 made 1 1");
	assert_run(&kernel, &all, 0, OTHER " 0\n" PHYSICAL " 0\n");
	assert_made(&kernel, "");
	end(&kernel);
}

/* Whichever write of a start fails: an undo leaves no function. */
static void test_undo_after_each_failure(void **state)
{
	bool has_failed = true;

	(void)state;
	for (unsigned n = 1; has_failed; n++) {
		char drivers[TOTAL + 1];
		struct kernel kernel;
		int code;

		set_up_live(&kernel, 0);
		kernel.fail_at = n;
		free(run_all(&kernel, NULL, &code));
		has_failed = kernel.n_writes >= n;
		kernel.fail_at = 0;
		free(run_all(&kernel, &all, &code));
		assert_int_equal(code, 0);
		read_drivers(&kernel, drivers);
		assert_string_equal(drivers, "");
		assert_made(&kernel, "");
		end(&kernel);
	}
}

/* Physical functions --------------------------------------------------------------------------- */

static const struct physical_case {
	const char *name, *config;
	size_t n_found;
	const char *findings;
} physical_cases[] = {
	{ "found", "vf = 01:00.0 count=1\n", 1, "" },
	{ "not there", "vf = 09:00.0 count=1\n", 0,
	  "error GPU_NOT_FOUND /etc/vfio-claim.conf:1\n" },
	{ "twice", "vf = 01:00.0 count=1\nvf = id=8086:1572 count=2\n", 0,
	  "error CONFIG_INVALID /etc/vfio-claim.conf:1\n"
	  "error CONFIG_INVALID /etc/vfio-claim.conf:2\n" },
	{ "claimed as a device", "device = 01:00.0\nvf = 01:00.0 count=1\n", 0,
	  "error CONFIG_INVALID /etc/vfio-claim.conf:2\n" },
	{ "claimed with its slot", "gpu = 01:00.1\nvf = 01:00.0 count=1\n", 0,
	  "error CONFIG_INVALID /etc/vfio-claim.conf:2\n" },
	{ "another card is claimed", "gpu = 02:00.0\nvf = 01:00.0 count=1\n", 1, "" },
	{ "one wrong line", "vf = 01:00.0 count=0\nvf = 01:00.0 count=2\n", 1,
	  "error CONFIG_INVALID /etc/vfio-claim.conf:1\n" },
};

static void test_physical(void **state)
{
	struct function functions[] = {
		FUNCTION(1, 0, 0, 0x8086, 0x1572, 0x020000, 1),
		FUNCTION(1, 0, 1, 0x8086, 0x1573, 0x030000, 2),
		FUNCTION(2, 0, 0, 0x10de, 0x2206, 0x030000, 3),
	};
	const struct snapshot snapshot = { .functions = functions,
					   .n_functions = ARRAY_SIZE(functions) };
	const struct physical_case *row = *state;
	struct config config = config_from(row->config, NULL);
	struct findings findings = {};
	_cleanup_free_ char *text = NULL;
	struct vf_lines lines;
	size_t n_found = 0;

	assert_int_equal(vf_lines_parse(&config, &lines, &findings), 0);
	vf_find_physical(&lines, &config, &snapshot, &findings);
	for (size_t i = 0; i < lines.n; i++)
		n_found += lines.items[i].physical == &functions[0];
	text = findings_to_text(&findings);
	assert_string_equal(text, row->findings);
	assert_int_equal(n_found, row->n_found);
	vf_lines_done(&lines);
	findings_done(&findings);
	config_done(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_failure),
		cmocka_unit_test(test_a_line_that_is_gone),
		cmocka_unit_test(test_what_was_not_made_stays),
		cmocka_unit_test(test_in_use),
		cmocka_unit_test(test_a_start_that_was_killed),
		cmocka_unit_test(test_the_last_is_undone_first),
		cmocka_unit_test(test_undo_after_each_failure),
	};
	int failed = 0;

	failed += RUN_TABLE(line_cases, test_line);
	failed += RUN_TABLE(physical_cases, test_physical);
	failed += RUN_TABLE(cases, test_case);
	failed += cmocka_run_group_tests(tests, NULL, NULL);
	return failed ? 1 : 0;
}
