// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions that the host boots from are marked, and the answer is unknown when one need leads
 * nowhere. Both for the running system (needs_mark) and the image record (record_mark_needs).
 */
#include "unit.h"

#include "decide/needs.h"
#include "facts/record.h"

#include <stdio.h>

#define NVME FUNCTION(2, 0, 0, 0x144d, 0xa808, 0x010802, 14)
#define SATA FUNCTION(4, 0, 0, 0x8086, 0xa282, 0x010601, 4)

/* A snapshot that owns what is written into its functions. */
static void machine_make(struct snapshot *snapshot)
{
	const struct function functions[] = { RTX3080(1, 12), NVME, SATA };

	*snapshot = (struct snapshot){ .n_functions = ARRAY_SIZE(functions) };
	snapshot->functions = malloc(sizeof(functions));
	assert_non_null(snapshot->functions);
	memcpy(snapshot->functions, functions, sizeof(functions));
}

static void machine_forget(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_functions; i++)
		free(snapshot->functions[i].used_for);
	for (size_t i = 0; i < snapshot->n_functions; i++)
		free(snapshot->functions[i].in_use);
	free(snapshot->functions);
}

/* "0000:02:00.0 root file system\n" for each function that is needed, then what is known. */
static char *marks_to_text(const struct snapshot *snapshot)
{
	char *text = NULL, address[PCI_ADDRESS_SIZE];
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (snapshot->functions[i].is_needed)
			fprintf(stream, "%s %s\n",
				bdf_format(&snapshot->functions[i].address, address),
				snapshot->functions[i].used_for);
	fputs(snapshot->needs_fact == FACT_KNOWN ? "known\n" : "unknown\n", stream);
	assert_int_equal(fclose(stream), 0);
	return text;
}

/* The running system ---------------------------------------------------------------------------- */

/* clang-format off */
#define AT(...)                                                                          \
	(struct bdf[]){ __VA_ARGS__ },                                                   \
		sizeof((struct bdf[]){ __VA_ARGS__ }) / sizeof(struct bdf)
#define ROOT(...) { TEXT("root file system"), TEXT("UUID=x"), AT(__VA_ARGS__) }
#define SWAP(...) { TEXT("swap"), TEXT("/dev/sda2"), AT(__VA_ARGS__) }
#define LOST { TEXT("/usr"), TEXT("LABEL=x") }
/* clang-format on */

struct mark_case {
	const char *name;
	struct host_need needs[3];
	size_t n;
	const char *marks;
};

static const struct mark_case marks[] = {
	{ "one disk", { ROOT({ 0, 2, 0, 0 }) }, 1, "0000:02:00.0 root file system\nknown\n" },
	{ "two disks for one file system",
	  { ROOT({ 0, 2, 0, 0 }, { 0, 4, 0, 0 }) },
	  1,
	  "0000:02:00.0 root file system\n0000:04:00.0 root file system\nknown\n" },
	{ "two uses of one disk",
	  { ROOT({ 0, 2, 0, 0 }), SWAP({ 0, 2, 0, 0 }) },
	  2,
	  "0000:02:00.0 root file system, swap\nknown\n" },
	{ "the same use twice",
	  { ROOT({ 0, 2, 0, 0 }), ROOT({ 0, 2, 0, 0 }) },
	  2,
	  "0000:02:00.0 root file system\nknown\n" },
	{ "a function of the card itself",
	  { ROOT({ 0, 1, 0, 2 }) },
	  1,
	  "0000:01:00.2 root file system\nknown\n" },
	{ "none at all: every host boots from something", {}, 0, "unknown\n" },
	{ "one that leads nowhere",
	  { ROOT({ 0, 2, 0, 0 }), LOST },
	  2,
	  "0000:02:00.0 root file system\nunknown\n" },
	{ "one that needs no disk",
	  { ROOT({ 0, 2, 0, 0 }), { TEXT("/boot"), TEXT("tmpfs"), .is_virtual = true } },
	  2,
	  "0000:02:00.0 root file system\nknown\n" },
	{ "on a function that is not here", { ROOT({ 0, 9, 0, 0 }) }, 1, "unknown\n" },
	{ "by a controller, and what it makes is not here yet",
	  { ROOT({ 0, 4, 0, 0 }, { 0x10000, 0xe1, 0, 0 }) },
	  1,
	  "0000:04:00.0 root file system\nknown\n" },
	{ "the controller is not here",
	  { ROOT({ 0, 9, 0, 0 }, { 0x10000, 0xe1, 0, 0 }) },
	  1,
	  "unknown\n" },
	{ "what a controller makes, and no controller",
	  { ROOT({ 0x10000, 0xe1, 0, 0 }) },
	  1,
	  "unknown\n" },
	{ "one of two is not here",
	  { ROOT({ 0, 2, 0, 0 }, { 0, 9, 0, 0 }) },
	  1,
	  "0000:02:00.0 root file system\nunknown\n" },
};

static void test_mark(void **state)
{
	const struct mark_case *test = *state;
	const struct host_needs needs = { (struct host_need *)test->needs, test->n, 0 };
	struct snapshot snapshot;
	_cleanup_free_ char *text = NULL;

	machine_make(&snapshot);
	assert_int_equal(needs_mark(&needs, &snapshot), 0);
	text = marks_to_text(&snapshot);
	assert_string_equal(text, test->marks);
	machine_forget(&snapshot);
}

/* The record ------------------------------------------------------------------------- */

struct record_case {
	const char *name;
	const char *record; /* NULL: there is none */
	const char *cmdline;
	const char *marks;
};

#define NEED_NVME "need 0000:02:00.0 144d:a808 0000:00:02.0/00.0 root file system\n"
#define MARKED "0000:02:00.0 root file system\n"

static const struct record_case records[] = {
	{ "as it was", "root UUID=x\n" NEED_NVME "needs known\n", "root=UUID=x quiet\n",
	  MARKED "known\n" },
	{ "no root= then, none now", "root \n" NEED_NVME "needs known\n", "quiet\n",
	  MARKED "known\n" },
	{ "another root=", "root UUID=x\n" NEED_NVME "needs known\n",
	  "root=UUID=y quiet\n", MARKED "unknown\n" },
	{ "a root= that goes on", "root UUID=x\n" NEED_NVME "needs known\n",
	  "root=UUID=xy\n", MARKED "unknown\n" },
	{ "a root= that stops short", "root UUID=xy\n" NEED_NVME "needs known\n",
	  "root=UUID=x\n", MARKED "unknown\n" },
	{ "no root= any more", "root UUID=x\n" NEED_NVME "needs known\n", "quiet\n",
	  MARKED "unknown\n" },
	{ "the last root= counts", "root UUID=x\n" NEED_NVME "needs known\n",
	  "root=UUID=y root=UUID=x\n", MARKED "known\n" },
	{ "a parameter that ends in root=", "root UUID=x\n" NEED_NVME "needs known\n",
	  "root=UUID=x xroot=UUID=y\n", MARKED "known\n" },
	{ "not known then", "root UUID=x\n" NEED_NVME "needs unknown\n", "root=UUID=x\n",
	  MARKED "unknown\n" },
	{ "nothing was said of needs", "built-at 2026-01-02T03:04:05Z\n", "root=UUID=x\n",
	  "unknown\n" },
	{ "an empty record", "", "root=UUID=x\n", "unknown\n" },
	{ "no record", NULL, "root=UUID=x\n", "unknown\n" },
	{ "the record is cut short", "root UUID=x\n" NEED_NVME "needs kno",
	  "root=UUID=x\n", MARKED "unknown\n" },
	{ "the function is gone",
	  "root \nneed 0000:09:00.0 144d:a808 0000:00:09.0/00.0 swap\nneeds known\n", "",
	  "unknown\n" },
	{ "another function is there",
	  "root \nneed 0000:02:00.0 144d:a80a 0000:00:02.0/00.0 swap\nneeds known\n", "",
	  "unknown\n" },
	{ "it moved, and the way leads there",
	  "root \nneed 0000:05:00.0 144d:a808 0000:00:02.0/00.0 swap\nneeds known\n", "",
	  "0000:02:00.0 swap\nknown\n" },
	{ "its old address is another's now",
	  "root \nneed 0000:01:00.0 144d:a808 0000:00:02.0/00.0 swap\nneeds known\n", "",
	  "0000:02:00.0 swap\nknown\n" },
	{ "at its old address, and the way leads elsewhere",
	  "root \nneed 0000:02:00.0 144d:a808 0000:00:09.0/00.0 swap\nneeds known\n", "",
	  "unknown\n" },
	{ "no way was known, and it is where it was",
	  "root \nneed 0000:02:00.0 144d:a808 - swap\nneeds known\n", "",
	  "0000:02:00.0 swap\nknown\n" },
	{ "behind a controller that is found",
	  "root \nneed 0000:02:00.0 144d:a808 0000:00:02.0/00.0 swap\n"
	  "need 10000:e1:00.0 144d:a80a 10000:e0:06.0/00.0 swap\nneeds known\n",
	  "", "0000:02:00.0 swap\nknown\n" },
	{ "behind a controller, and of another use",
	  "root \nneed 0000:02:00.0 144d:a808 0000:00:02.0/00.0 swap\n"
	  "need 10000:e1:00.0 144d:a80a 10000:e0:06.0/00.0 /usr\nneeds known\n",
	  "", "0000:02:00.0 swap\nunknown\n" },
	{ "behind a controller that is gone",
	  "root \nneed 0000:09:00.0 8086:467f 0000:00:09.0 swap\n"
	  "need 10000:e1:00.0 144d:a80a 10000:e0:06.0/00.0 swap\nneeds known\n",
	  "", "unknown\n" },
	{ "its serial number, and the way",
	  "root \nneed 0000:05:00.0 144d:a808 0000:00:02.0/00.0 "
	  "serial=00-00-00-00-00-00-00-0a swap\nneeds known\n",
	  "", "0000:02:00.0 swap\nknown\n" },
	{ "no way was known", "root \nneed 0000:05:00.0 144d:a808 - swap\nneeds known\n",
	  "", "unknown\n" },
	{ "two functions",
	  "root \n" NEED_NVME
	  "need 0000:04:00.0 8086:a282 0000:00:04.0/00.0 swap\nneeds known\n",
	  "", MARKED "0000:04:00.0 swap\nknown\n" },
	{ "the same network",
	  "root UUID=x\nparameters ip=dhcp nfsroot=h:/x\n" NEED_NVME "needs known\n",
	  "quiet ip=dhcp root=UUID=x nfsroot=h:/x vga=1\n", MARKED "known\n" },
	{ "a network that was not there then", "root UUID=x\n" NEED_NVME "needs known\n",
	  "root=UUID=x ip=dhcp\n", MARKED "unknown\n" },
	{ "a network that is there no more",
	  "root UUID=x\nparameters ip=dhcp\n" NEED_NVME "needs known\n", "root=UUID=x\n",
	  MARKED "unknown\n" },
	{ "another server",
	  "root UUID=x\nparameters netroot=nbd:10.0.0.1:10809\n" NEED_NVME "needs known\n",
	  "root=UUID=x netroot=nbd:10.0.0.11:10809\n", MARKED "unknown\n" },
	{ "a parameter more", "root UUID=x\nparameters ip=dhcp\n" NEED_NVME "needs known\n",
	  "root=UUID=x ip=dhcp rd.neednet=1\n", MARKED "unknown\n" },
	{ "a root by NFS, of which an image from before this line knows no function",
	  "root /dev/nfs\nneeds known\n", "root=/dev/nfs nfsroot=10.0.0.1:/r ip=dhcp\n",
	  "unknown\n" },
	{ "resumes from elsewhere",
	  "root UUID=x\nparameters resume=UUID=s\n" NEED_NVME "needs known\n",
	  "root=UUID=x resume=UUID=t\n", MARKED "unknown\n" },
	{ "lines that are none",
	  "root \nneed\nneed \nneed 0000:02:00.0\nneed x y z w\nneeds known\n", "",
	  "unknown\n" },
};

static void test_record(void **state)
{
	const struct record_case *test = *state;
	const struct record record = { .text = (char *)test->record };
	struct snapshot snapshot;
	_cleanup_free_ char *text = NULL;

	machine_make(&snapshot);
	assert_int_equal(record_mark_needs(&record, test->cmdline, &snapshot), 0);
	text = marks_to_text(&snapshot);
	assert_string_equal(text, test->marks);
	machine_forget(&snapshot);
}

/* Usage ------------------------------------------------------------------------- */

struct use_case {
	const char *name;
	const char *record;
	const char *driver; /* of 0000:04:00.0 */
	const char *in_use; /* seen there now */
	const char *expected;
	bool is_recorded;
};

#define USE                                                                              \
	"use 0000:04:00.0 8086:a282 0000:00:04.0/00.0 keyboard 'K 120', disk sdb1 (swap)\n"

static const struct use_case uses[] = {
	{ "no driver yet: as it was", USE, NULL, NULL,
	  "keyboard 'K 120', disk sdb1 (swap)", true },
	{ "a driver has it, and nothing is there now", USE, "xhci_hcd", NULL, NULL, false },
	{ "a driver has it: as it is", USE, "xhci_hcd", "keyboard 'X'", "keyboard 'X'",
	  false },
	{ "nothing was recorded", "needs known\n", NULL, NULL, NULL, false },
	{ "of another function",
	  "use 0000:04:00.0 1b21:2142 0000:00:04.0/00.0 keyboard 'K'\n", NULL, NULL, NULL,
	  false },
	{ "the first of two lines", USE "use 0000:04:00.0 8086:a282 - other\n", NULL,
	  NULL, "keyboard 'K 120', disk sdb1 (swap)", true },
	{ "a line that is none", "use \nuse x\nuse 0000:04:00.0 8086:a282 -\n", NULL,
	  NULL, NULL, false },
};

static void test_use(void **state)
{
	const struct use_case *test = *state;
	const struct record record = { .text = (char *)test->record };
	struct snapshot snapshot;
	struct function *function;

	machine_make(&snapshot);
	function = &snapshot.functions[snapshot.n_functions - 1]; /* SATA */
	function->driver = (char *)test->driver;
	function->in_use = test->in_use ? strdup(test->in_use) : NULL;
	assert_int_equal(record_mark_needs(&record, "", &snapshot), 0);
	if (test->expected)
		assert_string_equal(function->in_use, test->expected);
	else
		assert_null(function->in_use);
	assert_int_equal(function->is_use_recorded, test->is_recorded);
	assert_false(function->is_needed);
	machine_forget(&snapshot);
}

/* Displays -------------------------------------------------------------------------------- */

static void test_display(void **state)
{
	static const struct {
		const char *record;
		bool has_connectors;
	} cases[] = {
		{ "display 0000:04:00.0 8086:a282 0000:00:04.0/00.0 connectors\n", true },
		{ "display 0000:07:00.0 8086:a282 0000:00:04.0/00.0 connectors\n", true },
		{ "display 0000:04:00.0 8086:a282 0000:00:05.0/00.0 connectors\n", false },
		{ "display 0000:04:00.0 1002:15bf 0000:00:04.0/00.0 connectors\n", false },
		{ "display \ndisplay x\n", false },
		{ "needs known\n", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct record record = { .text = (char *)cases[i].record };
		struct snapshot snapshot;
		struct function *function;

		machine_make(&snapshot);
		function = &snapshot.functions[snapshot.n_functions - 1];
		assert_int_equal(record_mark_needs(&record, "", &snapshot), 0);
		assert_int_equal(function->has_connectors, cases[i].has_connectors);
		assert_false(function->is_needed);
		machine_forget(&snapshot);
	}
}

/* Parameters ------------------------------------------------------------------------------ */

struct parameter_case {
	const char *name; /* a kernel command line */
	const char *words;
};

static const struct parameter_case parameters[] = {
	{ "BOOT_IMAGE=/vmlinuz root=UUID=x ro quiet\n", "" },
	{ "", "" },
	{ "ip=dhcp\n", "ip=dhcp" },
	{ "a  ip=eth0:dhcp\tnetroot=x b BOOTIF=01-00\n",
	  "ip=eth0:dhcp netroot=x BOOTIF=01-00" },
	{ "ipv6.disable=1 xip=1 noresume", "" },
	{ "rd.iscsi.firmware rd.neednet=1 rd.nvmf.discover=tcp,a iscsi_auto fcoe=a:b nbdroot=h,n nfsroot=h:/ resume=/dev/sda1",
	  "rd.iscsi.firmware rd.neednet=1 rd.nvmf.discover=tcp,a iscsi_auto fcoe=a:b nbdroot=h,n nfsroot=h:/ resume=/dev/sda1" },
};

static void test_parameters(void **state)
{
	const struct parameter_case *test = *state;
	_cleanup_free_ char *words = NULL;

	assert_int_equal(needs_find_parameters(test->name, &words), 0);
	assert_string_equal(words, test->words);
	assert_true(needs_are_parameters_equal(words, test->name));
	assert_false(needs_are_parameters_equal(words, "ip=other"));
}

/* Twins on renumbered buses ----------------------------------------------------------------- */

#define SERIAL(n) .caps.size = 4096, .caps.serial_fact = FACT_KNOWN, .caps.serial = n
#define WAY(port) .path = { .hops = 2, .devfn = { port << 3, 0 } }

/* Each has the address of the other. */
static void test_twins(void **state)
{
	static const struct {
		const char *words;
		const char *marks;
	} tests[] = {
		{ "0000:02:00.0 144d:a808 0000:00:1b.0/00.0", "0000:03:00.0 swap\nknown\n" },
		{ "0000:02:00.0 144d:a808 -", "unknown\n" },
		{ "0000:02:00.0 144d:a808 - serial=00-00-00-00-00-00-00-0a",
		  "0000:03:00.0 swap\nknown\n" },
		{ "0000:02:00.0 144d:a808 0000:00:1b.0/00.0 serial=00-00-00-00-00-00-00-0a",
		  "0000:03:00.0 swap\nknown\n" },
		/* The disk was moved to the other slot: its serial number is trusted more. */
		{ "0000:02:00.0 144d:a808 0000:00:1b.0/00.0 serial=00-00-00-00-00-00-00-0b",
		  "0000:02:00.0 swap\nknown\n" },
		{ "0000:02:00.0 144d:a808 0000:00:1b.0/00.0 serial=00-00-00-00-00-00-00-0c",
		  "unknown\n" },
		{ "0000:02:00.0 144d:a808 0000:00:1b.0/00.0 serial=00-00-00-00-00-00-00-00",
		  "0000:03:00.0 swap\nknown\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		struct function functions[] = {
			FUNCTION(2, 0, 0, 0x144d, 0xa808, 0x010802, 14, WAY(0x1c),
				 SERIAL(0xb)),
			FUNCTION(3, 0, 0, 0x144d, 0xa808, 0x010802, 15, WAY(0x1b),
				 SERIAL(0xa)),
		};
		struct snapshot snapshot = { .functions = functions, .n_functions = 2 };
		_cleanup_free_ char *text = NULL, *marked = NULL;
		struct record record = {};

		assert_true(asprintf(&text, "root \nneed %s swap\nneeds known\n",
				     tests[i].words) > 0);
		record.text = text;
		assert_int_equal(record_mark_needs(&record, "", &snapshot), 0);
		marked = marks_to_text(&snapshot);
		assert_string_equal(marked, tests[i].marks);
		for (size_t k = 0; k < ARRAY_SIZE(functions); k++)
			free(functions[k].used_for);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_twins),
					    cmocka_unit_test(test_display) };

	return RUN_TABLE(marks, test_mark) + RUN_TABLE(records, test_record) +
	       RUN_TABLE(uses, test_use) + RUN_TABLE(parameters, test_parameters) +
	       cmocka_run_group_tests_name("twins", tests, NULL, NULL);
}
