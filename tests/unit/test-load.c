// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Effects of loading the vfio modules: functions that would be bound, the module that is
 * chosen, modules that are refused.
 */
#include "facts/load.h"
#include "act/loader.h"
#include "decide/plan.h"
#include "tree.h"
#include "unit.h"

#include <stdio.h>

/* Judgement -------------------------------------------------------------------------------- */

struct judge_case {
	const char *name;
	const char *config;
	/* The functions: the card 01:00.0 to .2, its twin 02:00.0, a port, and an NVMe drive. */
	bool reached[6];
	const char *driver;   /* of the NVMe */
	const char *rejected; /* a module that the card needs */
	const char *findings;
	bool is_needed; /* the NVMe */
};

#define CARD "gpu = 01:00.0\n"
#define TWIN "gpu = 02:00.0\n"

static const struct judge_case judge_cases[] = {
	{ "no ids=", CARD, .findings = "" },
	{ "its own functions", CARD, { 1, 1, 1 }, .findings = "" },
	{ "the host's twin",
	  CARD,
	  { 1, 1, 1, 1 },
	  .findings = "error WIDER_CLAIM 0000:02:00.0\nerror WIDER_CLAIM 0000:01:00.0\n" },
	{ "only another",
	  CARD,
	  { 0, 0, 0, 0, 0, 1 },
	  .findings = "error WIDER_CLAIM 0000:03:00.0\nerror WIDER_CLAIM 0000:01:00.0\n" },
	{ "the twin is configured too", CARD TWIN, { 1, 1, 1, 1 }, .findings = "" },
	{ "a bridge", CARD, { 1, 1, 1, 0, 1 }, .findings = "" },
	{ "the host's driver has it", CARD, { 1, 0, 0, 0, 0, 1 }, "nvme", .findings = "" },
	{ "vfio-pci, built in, has it",
	  CARD,
	  { 1, 0, 0, 0, 0, 1 },
	  "vfio-pci",
	  .findings = "error WIDER_CLAIM 0000:03:00.0\nerror WIDER_CLAIM 0000:01:00.0\n" },
	/* A configured but refused function must not be bound. */
	{ "one that is refused",
	  CARD "device = 03:00.0\n",
	  { 1, 0, 0, 0, 0, 1 },
	  .is_needed = true,
	  .findings = "error WIDER_CLAIM 0000:03:00.0\nerror WIDER_CLAIM 0000:01:00.0\n"
		      "error BOOT_DISK 0000:03:00.0\n" },
	{ "each refused card has its own",
	  CARD TWIN,
	  { 0, 0, 0, 0, 0, 1 },
	  .findings = "error WIDER_CLAIM 0000:03:00.0\nerror WIDER_CLAIM 0000:01:00.0\n"
		      "error WIDER_CLAIM 0000:02:00.0\n" },
	{ "a needed module is rejected", CARD, .rejected = "vfio_pci",
	  .findings = "error MODULE_REJECTED 0000:01:00.0\n" },
	{ "both",
	  CARD,
	  { 0, 0, 0, 1 },
	  .rejected = "vfio",
	  .findings = "error WIDER_CLAIM 0000:02:00.0\nerror WIDER_CLAIM 0000:01:00.0\n"
		      "error MODULE_REJECTED 0000:01:00.0\n" },
};

static void test_judge(void **state)
{
	const struct judge_case *test = *state;
	struct group groups[] = { { 1 }, { 12 }, { 13 }, { 14 }, { 30 } };
	struct function functions[] = {
		RTX3080(1, 12),	 FUNCTION(2, 0, 0, 0x10de, 0x2206, 0x030000, 13),
		ROOT_PORT(1, 1), FUNCTION(3, 0, 0, 0x144d, 0xa808, 0x010802, 14),
		BMC_DISPLAY,
	};
	const struct snapshot unjoined = MACHINE(functions, groups, IOMMU_ON);
	CLEANUP(plan_done) struct plan plan = {};
	_cleanup_free_ char *findings = NULL;
	struct snapshot machine;
	struct config config;

	for (size_t i = 0; i < ARRAY_SIZE(test->reached); i++)
		functions[i].is_reached_by_ids = test->reached[i];
	functions[5].driver = (char *)test->driver;
	functions[5].driver_fact = test->driver ? FACT_KNOWN : FACT_ABSENT;
	functions[5].is_needed = test->is_needed;
	functions[0].rejected_module = (char *)test->rejected;
	machine = machine_join_groups(&unjoined);
	machine.ids_origin = "vfio-pci.ids=";
	machine.rejecting_parameter = "module_blacklist=";
	config = config_from(test->config, NULL);
	assert_int_equal(plan_make(&config, &machine, &plan), 0);
	findings = findings_to_text(&plan.findings);
	assert_string_equal(findings, test->findings);
	assert_int_equal(plan.n_steps > 0, !*test->findings);
	machine_done(&machine);
	config_done(&config);
}

/* Facts ------------------------------------------------------------------------------------ */

#define BMG "pci:v00008086d0000E20Bsv00008086sd00001100bc03sc00i00"
#define GRACE "pci:v000010DEd00002342sv000010DEsd000016EBbc03sc02i00"
#define RIVAL_XE "modalias " BMG " xe\n"
#define LOAD_VFIO                                                                        \
	"load vfio_pci /k/vfio.ko\n"                                                     \
	"softdep vfio_pci /k/vfio_iommu_type1.ko\n"                                      \
	"load vfio_pci /k/vfio-pci-core.ko.xz\n"                                         \
	"load vfio_pci /k/vfio-pci.ko.xz disable_vga=1\n"                                \
	"load vfio_iommu_type1 /k/vfio.ko\n"                                             \
	"load vfio_iommu_type1 /k/vfio_iommu_type1.ko\n"
#define XE_VARIANT                                                                       \
	"alias vfio_pci:v00008086d0000E20Bsv*sd*bc*sc*i* xe_vfio_pci\n"                  \
	"load xe_vfio_pci /k/xe.ko\nload xe_vfio_pci /k/xe-vfio-pci.ko\n"
#define GRACE_VARIANT                                                                    \
	"modalias " GRACE " nouveau\n"                                                   \
	"alias vfio_pci:v000010DEd00002342sv*sd*bc*sc*i* nvgrace_gpu_vfio_pci\n"
#define LOAD_GRACE                                                                       \
	"load nvgrace_gpu_vfio_pci /k/vfio-pci-core.ko\n"                                \
	"load nvgrace_gpu_vfio_pci /k/nvgrace-gpu-vfio-pci.ko\n"
#define VIRTUAL "sys/bus/pci/devices/0000:01:00.0/physfn -> ../0000:00:02.0\n"
#define IS_VIRTUAL "sys/bus/pci/devices/0000:00:02.0/vendor = 0x8086\n" VIRTUAL

struct choose_case {
	const char *name;
	const char *modalias;
	const char *record;
	const char *cmdline;
	const char *tree;
	const char *module;
	const char *rejected;
	bool has_unknown_rivals;
};

static const struct choose_case choose_cases[] = {
	{ "no variant", BMG, RIVAL_XE LOAD_VFIO, "", "", "vfio_pci" },
	{ "a variant that needs a rival", BMG, RIVAL_XE LOAD_VFIO XE_VARIANT, "", "",
	  "vfio_pci" },
	{ "... even if the rival is there", BMG, RIVAL_XE LOAD_VFIO XE_VARIANT, "",
	  "sys/module/xe /\n", "vfio_pci" },
	{ "a virtual function", BMG, RIVAL_XE LOAD_VFIO XE_VARIANT, "",
	  IS_VIRTUAL "sys/module/xe /\n", "xe_vfio_pci" },
	{ "... whose maker is gone", BMG, RIVAL_XE LOAD_VFIO XE_VARIANT, "", IS_VIRTUAL,
	  "vfio_pci" },
	{ "a variant that needs no rival", GRACE, GRACE_VARIANT LOAD_GRACE LOAD_VFIO, "",
	  "", "nvgrace_gpu_vfio_pci" },
	{ "a variant that is not in the image", GRACE, GRACE_VARIANT LOAD_VFIO, "", "",
	  "vfio_pci" },
	{ "rivals not known", GRACE, GRACE_VARIANT LOAD_GRACE LOAD_VFIO, "", "",
	  "vfio_pci", .has_unknown_rivals = true },
	{ "a variant that is rejected", GRACE, GRACE_VARIANT LOAD_GRACE LOAD_VFIO,
	  "module_blacklist=nvgrace_gpu_vfio_pci", "", "vfio_pci" },
	{ "vfio_pci rejected", BMG, RIVAL_XE LOAD_VFIO,
	  "module_blacklist=nouveau,vfio_pci", "", "vfio_pci", "vfio_pci" },
	{ "what it needs rejected", BMG, RIVAL_XE LOAD_VFIO,
	  "module_blacklist=vfio_pci_core", "", "vfio_pci", "vfio_pci_core" },
	{ "the IOMMU driver rejected", BMG, RIVAL_XE LOAD_VFIO,
	  "module_blacklist=vfio_iommu_type1", "", "vfio_pci", "vfio_iommu_type1" },
	{ "vfio_pci rejected, a variant does without", GRACE,
	  GRACE_VARIANT LOAD_GRACE LOAD_VFIO, "module_blacklist=vfio_pci", "",
	  "nvgrace_gpu_vfio_pci" },
	{ "something else rejected", BMG, RIVAL_XE LOAD_VFIO,
	  "module_blacklist=nouveau,xe", "", "vfio_pci" },
	{ "blacklisted for modprobe only", BMG, RIVAL_XE LOAD_VFIO,
	  "modprobe.blacklist=vfio_pci", "", "vfio_pci" },
	{ "no modules at all", BMG, RIVAL_XE LOAD_VFIO, "nomodule", "", "vfio_pci", "vfio" },
	{ "nomodule=0", BMG, RIVAL_XE LOAD_VFIO, "nomodule=0", "", "vfio_pci" },
	{ "built in: nothing is rejected", BMG,
	  RIVAL_XE "load vfio_pci builtin\nload vfio_iommu_type1 builtin\n",
	  "nomodule module_blacklist=vfio_pci", "", "vfio_pci" },
};

static struct load_sources sources_of(struct tree *tree, struct record *record,
				      const char *text, const char *cmdline)
{
	record->text = strdup(text);
	assert_non_null(record->text);
	return (struct load_sources){ .root = &tree->root,
				      .cmdline = cmdline,
				      .record = record };
}

static void test_choose(void **state)
{
	const struct choose_case *test = *state;
	struct function function = { .address = { 0, 1, 0, 0 }, .detailed = true };
	struct snapshot snapshot = { .functions = &function, .n_functions = 1 };
	CLEANUP(record_done) struct record record = {};
	struct load_sources sources;
	bool is_known = false;
	struct tree tree;

	tree_make(&tree, test->tree);
	sources = sources_of(&tree, &record, test->record, test->cmdline);
	function.modalias = (char *)test->modalias;
	assert_int_equal(record_find_rivals(&record, test->modalias, &function.rivals,
					    &is_known),
			 0);
	assert_true(is_known);
	function.rivals_fact = test->has_unknown_rivals ? FACT_UNREADABLE : FACT_KNOWN;
	assert_int_equal(load_choose_modules(&sources, &snapshot), 0);
	assert_string_equal(function.vfio_module, test->module);
	assert_true(is_string_equal(function.rejected_module, test->rejected));
	free(function.vfio_module);
	free(function.rejected_module);
	strings_done(&function.rivals);
	tree_remove(&tree);
}

struct mark_case {
	const char *name;
	const char *cmdline, *record;
	bool is_reached;
	const char *findings;
};

#define SAID "warning LEFTOVER_CONFIG vfio_pci\n"

static const struct mark_case mark_cases[] = {
	{ "nothing", "quiet", LOAD_VFIO, false, "" },
	{ "command line", "vfio-pci.ids=10de:2206", LOAD_VFIO, true, SAID },
	{ "command line, another", "vfio-pci.ids=10de:2207", LOAD_VFIO, false, SAID },
	{ "record", "", "load vfio_pci /k/vfio-pci.ko ids=10de:2206\n", true, "" },
	{ "record, another option", "", "load vfio_pci /k/vfio-pci.ko xids=10de:2206\n",
	  false, "" },
	{ "record, another module", "", "load vfio_pci /k/vfio.ko ids=10de:2206\n", false,
	  "" },
	{ "record, left out when it was made", "", LOAD_VFIO "left-out ids=10de:2206\n",
	  false, SAID },
	{ "built in: the kernel has applied it", "vfio-pci.ids=10de:2206",
	  "load vfio_pci builtin\n", true, "" },
	{ "left out of both", "vfio-pci.ids=1:2", LOAD_VFIO "left-out ids=10de:2206\n",
	  false, SAID SAID },
};

static void test_mark(void **state)
{
	const struct mark_case *test = *state;
	struct function function = FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12);
	struct snapshot snapshot = { .functions = &function, .n_functions = 1 };
	CLEANUP(findings_done) struct findings findings = {};
	CLEANUP(record_done) struct record record = {};
	_cleanup_free_ char *text = NULL;
	struct load_sources sources;
	struct tree tree;

	tree_make(&tree, "");
	sources = sources_of(&tree, &record, test->record, test->cmdline);
	load_mark_reached(&sources, &snapshot);
	assert_int_equal(function.is_reached_by_ids, test->is_reached);
	assert_int_equal(snapshot.ids_origin != NULL, test->is_reached);
	load_say_left_out(&sources, &findings);
	text = findings_to_text(&findings);
	assert_string_equal(text, test->findings);
	tree_remove(&tree);
}

/* The record's steps */

static void test_steps(void **state)
{
	struct record record = { .text = TEXT(LOAD_VFIO) };
	CLEANUP(strings_done) struct strings needed = {};
	const char *cursor = NULL;
	struct record_load load;
	char all[1024] = "";

	(void)state;
	while (record_next_load(&record, "vfio_pci", &cursor, &load)) {
		size_t used = strlen(all);

		assert_true(used < 256);
		snprintf(all + used, sizeof(all) - used, "%s%s %s(%s)\n",
			 load.is_needed ? "" : "softdep ", load.name, load.path,
			 load.options);
	}
	assert_string_equal(all, "vfio /k/vfio.ko()\n"
				 "softdep vfio_iommu_type1 /k/vfio_iommu_type1.ko()\n"
				 "vfio_pci_core /k/vfio-pci-core.ko.xz()\n"
				 "vfio_pci /k/vfio-pci.ko.xz(disable_vga=1)\n");
	assert_int_equal(record_find_needed(&record, "vfio_pci", &needed), 0);
	assert_int_equal(needed.n, 3);
	assert_false(strings_have(&needed, "vfio_iommu_type1"));
	assert_int_equal(record_find_needed(&record, "vfio", &needed), -ENOENT);
}

/* Loading ---------------------------------------------------------------------------------- */

struct never_case {
	const char *name;
	const char *record, *tree;
	int result;
};

/* No module file is inserted here: each step is loaded, built in, or refused. */
static const struct never_case never_cases[] = {
	{ "a rival is needed", "load v /k/core.ko\nload v /k/nouveau.ko\nload v /k/v.ko\n",
	  "proc/modules = core 16384 0 - Live 0x0\n", -ECANCELED },
	{ "a rival's name with '-'", "load v /k/i2c-nvidia-gpu.ko.xz\n", "", -ECANCELED },
	{ "a rival is a softdep", "softdep v /k/nouveau.ko\nload v /k/v.ko\n",
	  "proc/modules = v 16384 0 - Loading 0x0\n", 0 },
	{ "a rival is there", "load v /k/nouveau.ko\nload v builtin\n",
	  "proc/modules = nouveau 16384 1 v, Live 0x0\n", 0 },
	{ "none is needed", "load v builtin\n", "", 0 },
	{ "of another module", "load w /k/nouveau.ko\nload v builtin\n", "", 0 },
};

static void test_never(void **state)
{
	const struct never_case *test = *state;
	CLEANUP(strings_done) struct strings rivals = {};
	CLEANUP(record_done) struct record record = {};
	struct load_sources sources;
	struct tree tree;

	tree_make(&tree, test->tree);
	assert_int_equal(strings_add(&rivals, "nouveau"), 0);
	assert_int_equal(strings_add(&rivals, "i2c_nvidia_gpu"), 0);
	tree.root.is_live = true;
	sources = sources_of(&tree, &record, test->record, "quiet vfio-pci.ids=10de:2206");
	assert_int_equal(loader_load(&sources, "v", &rivals), test->result);
	tree.root.is_live = false;
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest others[] = { cmocka_unit_test(test_steps) };

	return RUN_TABLE(judge_cases, test_judge) + RUN_TABLE(choose_cases, test_choose) +
	       RUN_TABLE(mark_cases, test_mark) + RUN_TABLE(never_cases, test_never) +
	       cmocka_run_group_tests(others, NULL, NULL);
}
