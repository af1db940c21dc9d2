// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine: tests/machines/intel-twins.tree with a writable /sys, as in an initramfs. */
#include "world.h"

#include "trial/efivar.h"
#include "decide/judge.h"
#include "kernel.h"
#include "report/report-parse.h"
#include "report/report.h"
#include "tree.h"
#include "trial/trial-store.h"

#include <fcntl.h>
#include <stdio.h>

#define CARD "0000:02:00."

static const char *const functions[] = { CARD "0", CARD "1", CARD "2" };

#define EFIVARFS "/lib/modules/6.1.0-56-amd64/kernel/fs/efivarfs/efivarfs.ko"
#define VARIABLE EFIVAR_FOLDER "/" TRIAL_VARIABLE "-" EFIVAR_GUID

#define MODULES "/lib/modules/6.1.0-56-amd64/kernel/drivers/vfio/"

/* Files that the read-only tree lacks. */
static const char rest[] =
	"sys/bus/pci/drivers_probe = x\n"
	"sys/bus/pci/drivers/vfio-pci/unbind = x\n"
	"sys/bus/pci/drivers/xhci_hcd/unbind = x\n"
	"lib/modules/6.1.0-56-amd64/kernel/drivers/vfio/vfio.ko = x\n"
	"lib/modules/6.1.0-56-amd64/kernel/drivers/vfio/pci/vfio-pci.ko = x\n"
	"lib/modules/6.1.0-56-amd64/kernel/drivers/vfio/vfio_iommu_type1.ko = x\n"
	"dev/kmsg = x\n"
	"etc /\n"
	"sys/module /\n"
	"run /\n";

static const char efi[] = "sys/firmware/efi/efivars /\n"
			  "lib/modules/6.1.0-56-amd64/kernel/fs/efivarfs/efivarfs.ko = x\n";

static const char loads[] = "load vfio_pci " MODULES "vfio.ko\n"
			    "load vfio_pci " MODULES "pci/vfio-pci.ko\n"
			    "load vfio_iommu_type1 " MODULES "vfio_iommu_type1.ko\n";

static const char trial_loads[] = "confirmed-by vfio-claim-confirm.service\n"
				  "load efivarfs " EFIVARFS "\n";

static struct tree tree;

static void put(const char *path, const char *text, int flags)
{
	char name[600];
	int fd;

	snprintf(name, sizeof(name), "%s%s", tree.folder, path);
	fd = open(name, O_WRONLY | O_CREAT | flags, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
}

static void remove_file(const char *path)
{
	char name[600];

	snprintf(name, sizeof(name), "%s%s", tree.folder, path);
	if (unlink(name) < 0 && errno != ENOENT)
		abort();
}

static char *get(const char *path)
{
	char name[600];
	static char text[65536];
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), "%s%s", tree.folder, path);
	fd = open(name, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0)
		return NULL;
	text[n] = '\0';
	return text;
}

static void configure(const struct scenario *scenario)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "gpu = 02:00.0 id=10de:2206\ntimeout = 2\non-failure = %s\n",
		 scenario->policy ? scenario->policy : "release");
	put("/etc/vfio-claim.conf", text, O_TRUNC);
	if (scenario->has_no_remapping)
		put("/sys/kernel/irq/1/chip_name", "IO-APIC\n", O_TRUNC);
}

void world_make(const char *file, const struct scenario *scenario)
{
	_cleanup_free_ char *text = calloc(1, 65536), *all = NULL;
	int fd = open(file, O_RDONLY);

	if (!text || fd < 0 || read(fd, text, 65535) <= 0 ||
	    asprintf(&all, "%s\n%s%s", text, rest, scenario->is_on_trial ? efi : "") < 0)
		abort();
	close(fd);
	tree_make(&tree, all);
	snprintf(layer->folder, sizeof(layer->folder), "%s", tree.folder);
	layer->wanted = CARD;
	put("/usr/lib/vfio-claim/image-record", loads, O_APPEND);
	if (scenario->is_on_trial)
		put("/usr/lib/vfio-claim/image-record", trial_loads, O_APPEND);
	put("/etc/vfio-claim.conf", "", 0);
	configure(scenario);
}

void world_remove(void)
{
	tree_remove(&tree);
}

void world_reset(const struct scenario *scenario)
{
	layer->refuses_vfio = scenario->refuses_vfio;
	kernel_reset();
	remove_file(VARIABLE);
	remove_file(REPORT_FOLDER "/" TRIAL_FLAG);
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		kernel_reset_function(functions[i], i == 2 ? scenario->driver : NULL);
}

static enum card_state look_at_card(const struct scenario *scenario)
{
	unsigned ours = 0, free = 0, held = 0;

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		char driver[64], override[64];
		bool is_ours;

		kernel_driver(functions[i], driver);
		kernel_override(functions[i], override);
		is_ours = streq(driver, "vfio-pci");
		ours += is_ours;
		free += !is_ours && !*override;
		held += !is_ours && streq(override, HOLD_DRIVER);
	}
	(void)scenario;
	return ours == ARRAY_SIZE(functions)	    ? CARD_OURS :
	       free == ARRAY_SIZE(functions)	    ? CARD_FREE :
	       held == ARRAY_SIZE(functions)	    ? CARD_HELD :
	       free + held == ARRAY_SIZE(functions) ? CARD_PARTLY_HELD :
						      CARD_MIXED;
}

static void look_at_report(struct run_result *result)
{
	const char *text = get("/run/vfio-claim/report.json"), *problem;
	struct report *report;

	report = text ? report_parse(text, strlen(text), &problem) : NULL;
	if (getenv("VFIO_CLAIM_SHOW"))
		fprintf(stderr, "%s\n", text ? text : "no report");
	if (!report)
		return;
	result->has_report = true;
	snprintf(result->result, sizeof(result->result), "%s", report->result_word);
	if (report->n_gpus) {
		snprintf(result->gpu_result, sizeof(result->gpu_result), "%s",
			 report->gpus[0].result_word);
		result->has_functions = report->gpus[0].functions.n;
	}
	for (size_t i = 0; i < report->findings.n; i++) {
		const struct report_finding *finding = &report->findings.items[i];

		if (finding->severity == SEVERITY_ERROR)
			result->has_error = true;
		if (finding->code == FINDING_DEADLINE ||
		    finding->code == FINDING_UNBIND_TIMEOUT)
			result->has_deadline = true;
	}
	snprintf(result->trial, sizeof(result->trial), "%s", report->trial.state_word);
	report_free(report);
}

/* The record of trial.h, after the attributes: its first claim is this boot's. */
static bool is_boot_counted(void)
{
	const char *variable = get(VARIABLE);
	size_t state = 4 + 4 + TRIAL_KEY_SIZE;

	return variable && variable[4] == 2 && variable[5] == 1 &&
	       variable[state] == TRIAL_STATE_TRYING && variable[state + 1] == 1;
}

void world_look(const struct scenario *scenario, struct run_result *result)
{
	const char *log = get("/dev/kmsg");

	result->has_word = log && (strstr(log, "no report of this boot") ||
				   strstr(log, "the report cannot be written") ||
				   strstr(log, "another agent is at work"));
	result->has_crashed = log && strstr(log, "vfio-claim: crashed;");
	result->is_counted = is_boot_counted();
	result->state = look_at_card(scenario);
	look_at_report(result);
}
