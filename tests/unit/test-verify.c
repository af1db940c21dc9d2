// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each answer of VFIO and each state of a boot image becomes the right finding. tests/machines
 * covers the rest.
 */
#include "cmd/after/verify.h"

#include "cmd/after/next-boot.h"
#include "host/images.h"
#include "report/report-parse.h"
#include "report/report.h"
#include "tree.h"
#include "unit.h"

#include <linux/vfio.h>
#include <stdio.h>

#define CARD "0000:01:00.0"
#define DISK "0000:02:00.0"
#define LINK(address, name, target)                                                      \
	"sys/bus/pci/devices/" address "/" name " -> ../../../../" target "\n"
#define CARD_FILE(line) "sys/bus/pci/devices/" CARD "/" line "\n"
#define MEMBER(class, driver)                                                            \
	"sys/bus/pci/devices/" DISK "/vendor = 0x8086\nsys/bus/pci/devices/" DISK        \
	"/device = 0x1901\nsys/bus/pci/devices/" DISK                                    \
	"/class = 0x" class "\nsys/kernel/iommu_groups/12/devices/" DISK                 \
			    " /\n" LINK(DISK, "driver", "drivers/" driver)
#define ONES_16 "ffffffffffffffffffffffffffffffff"
#define ONES_64 ONES_16 ONES_16 ONES_16 ONES_16
#define KERNEL(release) "proc/sys/kernel/osrelease = " release "\n"
/* As read without CAP_SYS_ADMIN. */
#define IOMEM(...) "proc/iomem = " __VA_ARGS__ "\n"
#define AT(name) "00000000-00000000 : " name "\\n"
#define MACHINE_TREE                                                                     \
	CARD_FILE("vendor = 0x10de")                                                     \
	CARD_FILE("device = 0x2206")                                                     \
	CARD_FILE("class = 0x030000")                                                    \
	LINK(CARD, "driver", "drivers/vfio-pci")                                         \
	LINK(CARD, "iommu_group", "kernel/iommu_groups/12")                              \
	"sys/kernel/iommu_groups/12/devices/" CARD " /\n"

/* A kernel with one group that is 'not viable', or whose IOMMU cannot be set for this errno. */
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
	const char *findings; /* "severity CODE subject", a line for each */
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
	  MEMBER("010802", "nvme"),
	  {},
	  "not-viable",
	  "not-as-configured",
	  "error GROUP_SHARED " DISK },
	{ "a port's driver is none that counts",
	  { false, 0 },
	  REPORT(""),
	  MEMBER("060400", "pcieport"),
	  {},
	  "not-viable",
	  "not-as-configured",
	  "error GROUP_SHARED " CARD },
	{ "an endpoint counts whatever its driver is called",
	  { false, 0 },
	  REPORT(""),
	  MEMBER("020000", "pcieport"),
	  {},
	  "not-viable",
	  "not-as-configured",
	  "error GROUP_SHARED " DISK },
	{ "a bridge's driver that counts",
	  { false, 0 },
	  REPORT(""),
	  MEMBER("060400", "shpchp") KERNEL("6.1.0-56-amd64"),
	  {},
	  "not-viable",
	  "not-as-configured",
	  "error GROUP_BRIDGE_DRIVER " DISK },
	{ "a bridge's driver, to a kernel that passes over bridges",
	  { false, 0 },
	  REPORT(""),
	  MEMBER("060400", "shpchp") KERNEL("5.10.0-30-amd64"),
	  {},
	  "not-viable",
	  "not-as-configured",
	  "error GROUP_SHARED " CARD },
	{ "all ones",
	  { true, 0 },
	  REPORT(""),
	  CARD_FILE("config = @hex:" ONES_64),
	  {},
	  "accepted",
	  "not-as-configured",
	  "error CLAIM_LOST " CARD },
	{ "ones, but for one byte",
	  { true, 0 },
	  REPORT(""),
	  CARD_FILE("config = @hex:de" ONES_64),
	  {},
	  "accepted",
	  "as-configured",
	  "" },
	{ "override as it was",
	  { true, 0 },
	  REPORT(""),
	  CARD_FILE("driver_override = vfio-pci"),
	  {},
	  "accepted",
	  "as-configured",
	  "" },
	{ "override cleared",
	  { true, 0 },
	  REPORT(""),
	  CARD_FILE("driver_override = (null)"),
	  {},
	  "accepted",
	  "as-configured",
	  "warning CLAIM_LOST " CARD },
	{ "override of somebody else's",
	  { true, 0 },
	  REPORT(""),
	  CARD_FILE("driver_override = nouveau"),
	  {},
	  "accepted",
	  "as-configured",
	  "warning CLAIM_LOST " CARD },
	{ "fallen off its bus, and the override cleared",
	  { true, 0 },
	  REPORT(""),
	  CARD_FILE("config = @hex:" ONES_64) CARD_FILE("driver_override = (null)"),
	  {},
	  "accepted",
	  "not-as-configured",
	  "error CLAIM_LOST " CARD "\nwarning CLAIM_LOST " CARD },
	{ "a framebuffer in a BAR",
	  { true, 0 },
	  REPORT(""),
	  IOMEM(AT("PCI Bus 0000:00") "  " AT("PCI Bus 0000:01") "    " AT(
		  CARD) "      " AT("BOOTFB")),
	  {},
	  "accepted",
	  "not-as-configured",
	  "error FRAMEBUFFER_IN_BAR " CARD },
	{ "a framebuffer behind a VM's region",
	  { true, 0 },
	  REPORT(""),
	  IOMEM(AT("PCI Bus 0000:00") "  " AT(CARD) "    " AT("vfio-pci") "  " AT(
		  CARD) "    " AT("efifb")),
	  {},
	  "accepted",
	  "not-as-configured",
	  "error FRAMEBUFFER_IN_BAR " CARD },
	{ "a VM's region alone, and somebody else's framebuffer",
	  { true, 0 },
	  REPORT(""),
	  IOMEM(AT("PCI Bus 0000:00") "  " AT(CARD) "    " AT("vfio-pci") "  " AT(
		  DISK) "    " AT("BOOTFB") AT("Reserved")),
	  {},
	  "accepted",
	  "as-configured",
	  "" },
	{ "a framebuffer deeper than the kernel indents",
	  { true, 0 },
	  REPORT(""),
	  IOMEM("          " AT(CARD) "          " AT("BOOTFB")),
	  {},
	  "accepted",
	  "not-as-configured",
	  "error FRAMEBUFFER_IN_BAR " CARD },
	{ "neighbours deeper than the kernel indents",
	  { true, 0 },
	  REPORT(""),
	  IOMEM("          " AT(CARD) "          " AT("PCI Bus 0000:09") "          " AT(
		  DISK) "          " AT("BOOTFB")),
	  {},
	  "accepted",
	  "as-configured",
	  "" },
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
	  MENU_ENTRY " = linux /vmlinuz-seven\\ninitrd /gone\\noptions vfio_claim.mode=off\n"
		     "boot/vmlinuz-seven = k\n",
	  {},
	  "accepted",
	  "as-configured",
	  "warning IMAGE_STALE /" MENU_ENTRY },
	{ "the boot menu's entry without the claim is whole",
	  { true, 0 },
	  REPORT(""),
	  MENU_ENTRY " = linux /vmlinuz-seven\\noptions vfio_claim.mode=off\n"
		     "boot/vmlinuz-seven = k\n",
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

static void add_findings(const struct report_findings *findings, char text[static 256])
{
	for (size_t i = 0; i < findings->n; i++) {
		const struct report_finding *finding = &findings->items[i];

		snprintf(text + strlen(text), 256 - strlen(text), "%s%s %s %s",
			 *text ? "\n" : "", finding->severity_word, finding->code_word,
			 finding->subject);
	}
}

static void test_case(void **state)
{
	const struct verify_case *row = *state;
	struct answer answer = row->answer;
	struct vfio_ops vfio = { fake_open, fake_control, fake_close, &answer };
	struct config config = config_from("gpu = 01:00.0\n", NULL);
	struct boot_images images = { (struct boot_image *)row->images,
				      row->images[0].kernel != NULL, 1 };
	struct verify verify = { .config = &config, .vfio = &vfio, .at = "now" };
	const struct report_verified *verified;
	_cleanup_free_ char *lines = NULL;
	struct report *report;
	char text[256] = "";
	const char *problem;
	struct tree tree;

	assert_true(asprintf(&lines, "%s%s", MACHINE_TREE, row->tree) > 0);
	tree_make(&tree, lines);
	verify.root = &tree.root;
	assert_int_equal(chain_read(&tree.root, &images.chain), 0);
	report = report_parse(row->report, strlen(row->report), &problem);
	assert_non_null(report);
	assert_int_equal(verify_report(&verify, report), 0);
	verified = &report->verified;
	assert_string_equal(verified->images_at, "");
	assert_int_equal(verified->n_images + verified->image_findings.n, 0);
	verify.vfio = NULL;	    /* VMs may be starting now */
	for (int i = 0; i < 2; i++) /* a second look adds nothing twice */
		assert_int_equal(verify_images(&verify, &images, report), 0);
	assert_string_equal(verified->images_at, "now");
	assert_string_equal(verified->result_word, row->result);
	assert_int_equal(verified->n_vfio, 1);
	assert_string_equal(verified->vfio[0].answer_word, row->answered);
	assert_int_equal(verified->n_images, images.n);
	add_findings(&verified->findings, text);
	add_findings(&verified->image_findings, text);
	assert_string_equal(text, row->findings);
	report_free(report);
	chain_done(&images.chain);
	config_done(&config);
	tree_remove(&tree);
}

/* What the images change in a verdict that was given before they were opened. */
#define OTHER_CARDS                                                                      \
	"{ \"version\": 1, \"mode\": \"claim\", \"result\": \"nothing-configured\","     \
	" \"config_sha256\": \"another\", \"gpus\": [] }"

static const struct later_case {
	const char *name;
	bool may_be_renewed, is_renewed, are_unjudged;
	const char *first, *first_findings, *then, *then_findings;
} later[] = {
	{ "no image was written since", false, false, false, "not-as-configured",
	  "error IMAGE_STALE /etc/vfio-claim.conf", "not-as-configured",
	  "error IMAGE_STALE /etc/vfio-claim.conf\nwarning IMAGE_WITHOUT_AGENT seven" },
	{ "an image was, and has the configuration", true, true, false, "pending",
	  "warning IMAGE_STALE /etc/vfio-claim.conf", "pending",
	  "warning IMAGE_STALE /etc/vfio-claim.conf\nwarning IMAGE_WITHOUT_AGENT seven" },
	{ "an image was, but with something else", true, false, false, "pending",
	  "warning IMAGE_STALE /etc/vfio-claim.conf", "not-as-configured",
	  "error IMAGE_STALE /etc/vfio-claim.conf\nwarning IMAGE_WITHOUT_AGENT seven" },
	{ "an image was, and reading it hangs", true, false, true, "pending",
	  "warning IMAGE_STALE /etc/vfio-claim.conf", "pending",
	  "warning IMAGE_STALE /etc/vfio-claim.conf\nwarning FACT_UNKNOWN /boot/7" },
};

static void test_later(void **state)
{
	const struct later_case *row = *state;
	struct config config = config_from("gpu = 01:00.0\n", NULL);
	struct boot_image image[1] = IMAGE(IMAGE_WITHOUT_AGENT);
	struct boot_images images = { image, 1, 1 };
	struct verify verify = { .config = &config,
				 .at = "now",
				 .is_renewed = row->may_be_renewed };
	const struct report_verified *verified;
	char text[256] = "";
	const char *problem;
	struct report *report;
	struct tree tree;

	tree_make(&tree, MACHINE_TREE);
	verify.root = &tree.root;
	report = report_parse(OTHER_CARDS, strlen(OTHER_CARDS), &problem);
	assert_non_null(report);
	assert_int_equal(verify_images(&verify, &images, report), -EINVAL);
	assert_int_equal(verify_images_unjudged(report, "/boot/7", "why"), -EINVAL);
	assert_int_equal(verify_report(&verify, report), 0);
	verified = &report->verified;
	assert_string_equal(verified->result_word, row->first);
	add_findings(&verified->findings, text);
	assert_string_equal(text, row->first_findings);
	verify.is_renewed = row->is_renewed;
	if (row->are_unjudged)
		assert_int_equal(verify_images_unjudged(report, "/boot/7", "why"), 0);
	else
		assert_int_equal(verify_images(&verify, &images, report), 0);
	assert_string_equal(verified->images_at, row->are_unjudged ? "" : "now");
	assert_string_equal(verified->result_word, row->then);
	*text = '\0';
	add_findings(&verified->findings, text);
	add_findings(&verified->image_findings, text);
	assert_string_equal(text, row->then_findings);
	report_free(report);
	config_done(&config);
	tree_remove(&tree);
}

/* The time of an image is enough to say that it may have been built since this boot began. */
static void test_may_have_it(void **state)
{
	struct tree tree;

	(void)state;
	tree_make(&tree, "lib/modules/six /\nboot/vmlinuz-six = k\nboot/initrd.img-six = i\n"
			 "lib/modules/none /\nboot/vmlinuz-none = k\n");
	assert_true(next_boot_may_have_it(&tree.root, time(NULL) - 60));
	assert_false(next_boot_may_have_it(&tree.root, time(NULL) + 60));
	assert_false(next_boot_may_have_it(&tree.root, -1));
	tree_remove(&tree);
}

static const struct unit_case {
	const char *name;
} times[] = { { "times of images" } };

int main(void)
{
	return RUN_TABLE(cases, test_case) | RUN_TABLE(later, test_later) |
	       RUN_TABLE(times, test_may_have_it);
}
