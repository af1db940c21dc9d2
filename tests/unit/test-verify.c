// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does each answer of VFIO's, and each state of a boot image, become the finding that helps?
 * tests/machines tries the rest. Needs agent/cmd/verify.c and what it needs, tests/unit/tree.c.
 */
#include "verify.h"

#include "images.h"
#include "report.h"
#include "tree.h"
#include "unit.h"

#include <linux/vfio.h>
#include <stdio.h>

#define CARD "0000:01:00.0"
#define DISK "0000:02:00.0"
#define LINK(address, name, target)                                                      \
	"sys/bus/pci/devices/" address "/" name " -> ../../../../" target "\n"
#define MACHINE_TREE                                                                      \
	"sys/bus/pci/devices/" CARD                                                       \
	"/vendor = 0x10de\n" LINK(CARD, "driver", "drivers/vfio-pci")                     \
		LINK(CARD, "iommu_group",                                                 \
		     "kernel/iommu_groups/12") "sys/kernel/iommu_groups/12/devices/" CARD \
					       " /\n"

/* A kernel with one group that is 'not viable' or whose IOMMU cannot be set for this reason. */
struct answer {
	bool is_viable;
	int set_iommu_error;
};

static int fake_open(void *data, const char *path)
{
	(void)data;
	return streq(path, "/dev/vfio/vfio") ? 41 : 40;
}

static int fake_control(void *data, int fd, unsigned long request, void *argument)
{
	const struct answer *answer = data;

	(void)fd;
	switch (request) {
	case VFIO_GROUP_GET_STATUS:
		((struct vfio_group_status *)argument)->flags =
			answer->is_viable ? VFIO_GROUP_FLAGS_VIABLE : 0;
		return 0;
	case VFIO_CHECK_EXTENSION:
		return 1;
	case VFIO_SET_IOMMU:
		return -answer->set_iommu_error;
	}
	return 0; /* the API's version is 0 too */
}

static void fake_close(void *data, int fd)
{
	(void)data;
	(void)fd;
}

#define REPORT(more)                                                                            \
	"{ \"version\": 1, \"mode\": \"claim\", \"result\": \"claimed\", \"kernel\": \"six\","  \
	" \"gpus\": [ { \"configured\": \"01:00.0\", \"result\": \"claimed\", \"functions\": [" \
	" { \"address\": \"" CARD "\" } ]" more " } ] }"
#define RESERVED ", \"groups\": [ { \"number\": 12, \"reserved_direct\": true } ]"
#define IMAGE(state_, ...)                                                               \
	{                                                                                \
		{                                                                        \
			.kernel = TEXT("seven"), .path = TEXT("/boot/7"),                \
			.state = state_, __VA_ARGS__                                     \
		}                                                                        \
	}

#define MENU_ENTRY "boot/loader/entries/x-0-vfio-claim-off.conf"

static const struct verify_case {
	const char *name;
	struct answer answer;
	const char *report, *tree;
	struct boot_image images[1]; /* none without a kernel */
	const char *answered, *result;
	const char *findings; /* "severity CODE subject", or "" */
} cases[] = {
	{ "accepted", { true, 0 }, REPORT(""), "", {}, "accepted", "as-configured", "" },
	{ "interrupts",
	  { true, EPERM },
	  REPORT(""),
	  "",
	  {},
	  "refused",
	  "not-as-configured",
	  "error IRQ_REMAP_OFF " CARD },
	{ "reserved",
	  { true, EPERM },
	  REPORT(RESERVED),
	  "",
	  {},
	  "refused",
	  "not-as-configured",
	  "error RESERVED_DIRECT " CARD },
	{ "no driver for the IOMMU",
	  { true, ENODEV },
	  REPORT(""),
	  "",
	  {},
	  "refused",
	  "not-as-configured",
	  "error MODULE_MISSING " CARD },
	{ "something else",
	  { true, ENOMEM },
	  REPORT(""),
	  "",
	  {},
	  "refused",
	  "not-as-configured",
	  "error INTERNAL " CARD },
	{ "another member has a driver",
	  { false, 0 },
	  REPORT(""),
	  "sys/kernel/iommu_groups/12/devices/" DISK
	  " /\n" LINK(DISK, "driver", "drivers/nvme"),
	  {},
	  "not-viable",
	  "not-as-configured",
	  "error GROUP_SHARED " DISK },
	{ "a port's driver is none that counts",
	  { false, 0 },
	  REPORT(""),
	  "sys/kernel/iommu_groups/12/devices/" DISK
	  " /\n" LINK(DISK, "driver", "drivers/pcieport"),
	  {},
	  "not-viable",
	  "not-as-configured",
	  "error GROUP_SHARED " CARD },
	{ "image current",
	  { true, 0 },
	  REPORT(""),
	  "",
	  IMAGE(IMAGE_CURRENT),
	  "accepted",
	  "as-configured",
	  "" },
	{ "image stale",
	  { true, 0 },
	  REPORT(""),
	  "",
	  IMAGE(IMAGE_STALE),
	  "accepted",
	  "as-configured",
	  "warning IMAGE_STALE seven" },
	{ "image without agent",
	  { true, 0 },
	  REPORT(""),
	  "",
	  IMAGE(IMAGE_WITHOUT_AGENT),
	  "accepted",
	  "as-configured",
	  "warning IMAGE_WITHOUT_AGENT seven" },
	{ "the boot menu's entry without the claim names what is gone",
	  { true, 0 },
	  REPORT(""),
	  MENU_ENTRY " = linux /vmlinuz-seven\\ninitrd /gone\nboot/vmlinuz-seven = k\n",
	  {},
	  "accepted",
	  "as-configured",
	  "warning IMAGE_STALE /" MENU_ENTRY },
	{ "the boot menu's entry without the claim is whole",
	  { true, 0 },
	  REPORT(""),
	  MENU_ENTRY " = linux /vmlinuz-seven\nboot/vmlinuz-seven = k\n",
	  {},
	  "accepted",
	  "as-configured",
	  "" },
	{ "image lacks a module",
	  { true, 0 },
	  REPORT(""),
	  "",
	  IMAGE(IMAGE_CURRENT, .problem = TEXT("no vfio-pci")),
	  "accepted",
	  "as-configured",
	  "warning MODULE_MISSING seven" },
	{ "no image",
	  { true, 0 },
	  REPORT(""),
	  "",
	  IMAGE(IMAGE_MISSING),
	  "accepted",
	  "as-configured",
	  "" },
};

static void test_case(void **state)
{
	const struct verify_case *row = *state;
	struct answer answer = row->answer;
	struct vfio_ops vfio = { fake_open, fake_control, fake_close, &answer };
	struct config config = config_from("gpu = 01:00.0\n", NULL);
	struct boot_images images = { (struct boot_image *)row->images,
				      row->images[0].kernel != NULL, 1 };
	struct verify verify = {
		.config = &config, .vfio = &vfio, .images = &images, .at = "now"
	};
	const struct json_object *verified, *finding;
	_cleanup_free_ char *lines = NULL;
	struct json_object *report;
	char text[128] = "";
	const char *problem;
	struct tree tree;

	assert_true(asprintf(&lines, "%s%s", MACHINE_TREE, row->tree) > 0);
	tree_make(&tree, lines);
	verify.root = &tree.root;
	report = report_parse(row->report, strlen(row->report), &problem);
	assert_non_null(report);
	assert_int_equal(verify_report(&verify, report), 0);
	verified = report_member(report, "verified");
	assert_string_equal(report_string(verified, "result"), row->result);
	assert_int_equal(report_count(verified, "vfio"), 1);
	assert_string_equal(report_string(report_item(verified, "vfio", 0), "answer"),
			    row->answered);
	assert_int_equal(report_count(verified, "images"), images.n);
	assert_int_equal(report_count(verified, "findings"), *row->findings ? 1 : 0);
	finding = report_item(verified, "findings", 0);
	if (finding)
		snprintf(text, sizeof(text), "%s %s %s", report_string(finding, "severity"),
			 report_string(finding, "code"), report_string(finding, "subject"));
	assert_string_equal(text, row->findings);
	report_put(report);
	config_done(&config);
	tree_remove(&tree);
}

int main(void)
{
	return RUN_TABLE(cases, test_case) > 0;
}
