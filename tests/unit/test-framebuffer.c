// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a card's memory is freed of the firmware's framebuffer: the decision, then its facts,
 * read from a tree.
 */
#include "decide/framebuffer.h"

#include "facts/display.h"
#include "facts/iomem.h"
#include "tree.h"
#include "unit.h"

#define EFIFB "efi-framebuffer.0"
#define SIMPLEFB "simple-framebuffer.0"

static const struct way_case {
	const char *name;
	const char *kernel, *device, *driver;
	uint32_t class;
	bool is_elsewhere; /* the framebuffer lies on another function */
	bool is_child;
	const char *function_driver;
	enum framebuffer_way way;
} ways[] = {
	{ "no framebuffer's device", "6.12.1", NULL, NULL, 0x038000,
	  .way = FRAMEBUFFER_NONE },
	{ "on another function", "6.12.1", EFIFB, "efi-framebuffer", 0x038000,
	  .is_elsewhere = true, .way = FRAMEBUFFER_NONE },
	{ "efifb, VGA", "6.12.1", EFIFB, "efi-framebuffer", 0x030000,
	  .way = FRAMEBUFFER_NONE },
	{ "efifb, VGA, 6.0", "6.0.0", EFIFB, "efi-framebuffer", 0x030000,
	  .way = FRAMEBUFFER_NONE },
	{ "efifb, VGA, 5.19", "5.19.17", EFIFB, "efi-framebuffer", 0x030000,
	  .way = FRAMEBUFFER_UNBIND },
	{ "efifb, 3D", "6.12.1", EFIFB, "efi-framebuffer", 0x030200,
	  .way = FRAMEBUFFER_UNBIND },
	{ "efifb, other display", "6.12.1", EFIFB, "efi-framebuffer", 0x038000,
	  .way = FRAMEBUFFER_UNBIND },
	{ "efifb, other display, child", "6.12.1", EFIFB, "efi-framebuffer", 0x038000,
	  .is_child = true, .way = FRAMEBUFFER_UNBIND },
	{ "no efifb in this kernel", "6.12.1", EFIFB, NULL, 0x038000,
	  .way = FRAMEBUFFER_NONE },
	{ "vesafb, other display", "6.12.1", "vesa-framebuffer.0", "vesa-framebuffer",
	  0x038000, .way = FRAMEBUFFER_UNBIND },
	{ "simpledrm, VGA", "6.12.1", SIMPLEFB, "simple-framebuffer", 0x030000,
	  .is_child = true, .way = FRAMEBUFFER_NONE },
	{ "simpledrm, VGA, 5.19", "5.19.17", SIMPLEFB, "simple-framebuffer", 0x030000,
	  .way = FRAMEBUFFER_STAYS },
	{ "simpledrm, other display", "6.12.1", SIMPLEFB, "simple-framebuffer", 0x038000,
	  .is_child = true, .way = FRAMEBUFFER_RESCAN },
	{ "simpledrm not there yet", "6.12.1", SIMPLEFB, NULL, 0x038000, .is_child = true,
	  .way = FRAMEBUFFER_RESCAN },
	{ "simpledrm, no child", "6.8.12", SIMPLEFB, "simple-framebuffer", 0x038000,
	  .way = FRAMEBUFFER_STAYS },
	{ "simpledrm not there yet, no child", "6.8.12", SIMPLEFB, NULL, 0x038000,
	  .way = FRAMEBUFFER_STAYS },
	{ "a driver has the function", "6.12.1", SIMPLEFB, NULL, 0x038000,
	  .is_child = true, .function_driver = "amdgpu", .way = FRAMEBUFFER_STAYS },
};

static void test_way(void **state)
{
	const struct way_case *test = *state;
	struct function function =
		FUNCTION(1, 0, 0, 0x1002, 0x73df, test->class, 12,
			 .has_firmware_framebuffer = !test->is_elsewhere);
	const struct snapshot snapshot = {
		.kernel = (char *)test->kernel,
		.framebuffer_device = (char *)test->device,
		.framebuffer_driver = (char *)test->driver,
		.is_framebuffer_child = test->is_child,
	};
	CLEANUP(findings_done) struct findings findings = {};

	function.driver = (char *)test->function_driver;
	function.driver_fact = function.driver ? FACT_KNOWN : FACT_ABSENT;
	assert_int_equal(framebuffer_way(&snapshot, &function), test->way);
	assert_int_equal(has_framebuffer_to_release(&snapshot, &function),
			 test->way != FRAMEBUFFER_NONE);
	framebuffer_judge(&snapshot, &function, &findings);
	assert_int_equal(findings.n, test->way == FRAMEBUFFER_STAYS);
}

/* Reading -------------------------------------------------------------------------------- */

#define CARD "0000:01:00.0"
#define CHILD "sys/devices/pci0000:00/0000:00:01.0/" CARD "/"
#define LINK(name, place)                                                                \
	"sys/bus/platform/devices/" name " -> ../../../../" place name "\n" place name   \
	" /\n"
#define DRIVER(place, name, driver)                                                      \
	place name "/driver -> ../../bus/platform/drivers/" driver "\n"
#define VTCONSOLE "sys/class/vtconsole/vtcon1/name = (M) frame buffer device\n"

static const struct read_case {
	const char *name, *tree;
	const char *device, *driver, *console;
	bool is_child, is_on_card;
} reads[] = {
	{ "nothing", "sys/class/vtconsole/vtcon0/name = (S) dummy device\n", NULL, NULL,
	  NULL, false, false },
	{ "simpledrm below the card",
	  LINK(SIMPLEFB, CHILD) DRIVER(CHILD, SIMPLEFB, "simple-framebuffer") VTCONSOLE,
	  SIMPLEFB, "simple-framebuffer", "vtcon1", true, true },
	{ "simpledrm later", LINK(SIMPLEFB, CHILD) VTCONSOLE, SIMPLEFB, NULL, NULL, true,
	  true },
	{ "efifb below no card",
	  LINK(EFIFB, "sys/devices/platform/")
		  DRIVER("sys/devices/platform/", EFIFB, "efi-framebuffer") VTCONSOLE,
	  EFIFB, "efi-framebuffer", "vtcon1", false, false },
	/* The state after a function was removed and rescanned (seen on 6.12). */
	{ "a link to what went with its function",
	  "sys/bus/platform/devices/" SIMPLEFB " -> ../../../../" CHILD SIMPLEFB "\n",
	  NULL, NULL, NULL, true, true },
};

static void test_read(void **state)
{
	const struct read_case *test = *state;
	struct function functions[] = { FUNCTION(1, 0, 0, 0x1002, 0x73df, 0x038000, 12) };
	struct snapshot snapshot = { .functions = functions, .n_functions = 1 };
	struct tree tree;

	tree_make(&tree, test->tree);
	assert_int_equal(display_read(&tree.root, &snapshot), 0);
	assert_true(is_string_equal(snapshot.framebuffer_device, test->device));
	assert_true(is_string_equal(snapshot.framebuffer_driver, test->driver));
	assert_true(is_string_equal(snapshot.framebuffer_console, test->console));
	assert_int_equal(snapshot.is_framebuffer_child, test->is_child);
	assert_int_equal(functions[0].has_firmware_framebuffer, test->is_on_card);
	free(snapshot.framebuffer_device);
	free(snapshot.framebuffer_driver);
	free(snapshot.framebuffer_console);
	tree_remove(&tree);
}

int main(void)
{
	return RUN_TABLE(ways, test_way) + RUN_TABLE(reads, test_read);
}
