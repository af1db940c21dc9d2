// SPDX-License-Identifier: GPL-2.0-or-later
/* What GRUB says of a trial on the kernel command line, and what its environment block and its menu hold. */
#include "tree.h"
#include "unit.h"

#include "decide/menu-trial.h"
#include "host/grub-trial.h"

/* The kernel command line --------------------------------------------------------------- */

static const struct {
	const char *value;
	struct menu_trial expected; /* no state: GRUB wrote no such thing */
} values[] = {
	{ "1/2", { MENU_TRIAL_TRYING, 1, 2 } },
	{ "2/2", { MENU_TRIAL_TRYING, 2, 2 } },
	{ "9/9", { MENU_TRIAL_TRYING, 9, 9 } },
	{ "spent/2", { MENU_TRIAL_SPENT, 2 } },
	{ "uncounted/0", { MENU_TRIAL_UNCOUNTED, 0 } },
	{ "uncounted/3", { MENU_TRIAL_UNCOUNTED, 3 } },
	{ "confirmed/0123abcd", { MENU_TRIAL_CONFIRMED, .digest = "0123abcd" } },
	{ "" },
	{ "/" },
	{ "1" },
	{ "1/" },
	{ "/2" },
	{ "0/2" },
	{ "3/2" },
	{ "1/0" },
	{ "1/10" },
	{ "10/9" },
	{ "-1/2" },
	{ "1/2/3" },
	{ "1/2 " },
	{ " 1/2" },
	{ "a/b" },
	{ "spent" },
	{ "spent/" },
	{ "spent/0" },
	{ "spent/x" },
	{ "spent/99" },
	{ "SPENT/2" },
	{ "uncounted/" },
	{ "uncounted/-" },
	{ "confirmed" },
	{ "confirmed/" },
	{ "confirmed/0123abc" },
	{ "confirmed/0123abcde" },
	{ "confirmed/0123ABCD" },
	{ "confirmed/0123abc/" },
	{ "confirmed/$vfio_cl" },
};

static void test_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		size_t size = strlen(values[i].value);
		/* A copy of exactly this size, so that ASan reports a read beyond. */
		_cleanup_free_ char *copy = malloc(size + !size);
		struct menu_trial trial = { .limit = 7 }, untouched = trial;

		assert_non_null(copy);
		memcpy(copy, values[i].value, size);
		assert_int_equal(menu_trial_parse((struct span){ copy, size }, &trial),
				 values[i].expected.state != MENU_TRIAL_NONE);
		assert_true(menu_trial_equal(&trial, values[i].expected.state ?
							     &values[i].expected :
							     &untouched));
	}
}

static void test_digest(void **state)
{
	static const char sha256[] =
		"0123abcd"
		"00000000000000000000000000000000000000000000000000000000";

	(void)state;
	assert_true(menu_trial_is_of("0123abcd", sha256));
	assert_false(menu_trial_is_of("0123abce", sha256));
	assert_false(menu_trial_is_of("0123", sha256));
	assert_false(menu_trial_is_of("", sha256));
	assert_false(menu_trial_is_of("", "")); /* no file, and no trial */
}

/* The environment block ------------------------------------------------------------------ */

#define HEAD "# GRUB Environment Block\\n"

static const struct {
	const char *text;
	struct grub_trial expected;
} blocks[] = {
	{ "", {} },
	{ HEAD "####", {} },
	{ HEAD "saved_entry=x\\nvfio_claim_config=0123abcd\\nvfio_claim_limit=2\\n###",
	  { "0123abcd", 2, 0 } },
	{ HEAD "vfio_claim_config=0123abcd\\nvfio_claim_limit=3\\nvfio_claim_count=2\\n###",
	  { "0123abcd", 3, 2 } },
	{ HEAD "vfio_claim_config=0123abcd\\n###", { "0123abcd", 0, 0 } },
	{ HEAD "vfio_claim_config=short\\nvfio_claim_limit=20\\nvfio_claim_count=x\\n", {} },
	{ HEAD "vfio_claim_config=0123abcg\\nvfio_claim_limit=0\\nvfio_claim_count=\\n",
	  {} },
	{ HEAD "xvfio_claim_limit=2\\nvfio_claim_limits=2\\n vfio_claim_limit=2\\n", {} },
	{ "vfio_claim_limit=2", { "", 2, 0 } },
	{ "vfio_claim_limit", {} },
	{ "\\n\\n=\\n==\\n", {} },
};

static void test_block(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		_cleanup_free_ char *tree_text =
			text_format("boot/grub/grubenv = %s\n", blocks[i].text);
		struct grub_trial trial;
		struct tree tree;

		assert_non_null(tree_text);
		tree_make(&tree, tree_text);
		assert_int_equal(grub_trial_read(&tree.root, &trial), 0);
		assert_true(grub_trial_equal(&trial, &blocks[i].expected));
		tree_remove(&tree);
	}
}

static void test_where_the_block_is(void **state)
{
	static const struct {
		const char *tree, *path;
	} places[] = {
		{ "boot /\n", NULL },
		{ "boot/grub/grubenv = x\n", "/boot/grub/grubenv" },
		{ "boot/grub2/grubenv = x\n", "/boot/grub2/grubenv" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct grub_trial trial = { .limit = 7 };
		struct tree tree;

		tree_make(&tree, places[i].tree);
		assert_true(is_string_equal(grub_trial_find_block(&tree.root),
					    places[i].path));
		assert_int_equal(grub_trial_read(&tree.root, &trial), 0);
		assert_int_equal(trial.limit, 0);
		tree_remove(&tree);
	}
}

/* The menu --------------------------------------------------------------------------------- */

#define COUNTS "if save_env vfio_claim_count; then\\n"

static const struct {
	const char *config;
	bool is_in_menu;
} menus[] = {
	{ COUNTS "\tlinux\t/vmlinuz root=x ro $vfio_claim_mode $vfio_claim_trial quiet\\n",
	  true },
	{ COUNTS "  linuxefi /vmlinuz $vfio_claim_trial\\n", true },
	{ COUNTS "\tlinux\t/vmlinuz root=x ro quiet\\n", false },
	{ COUNTS "\techo\t$vfio_claim_trial\\n", false },
	{ COUNTS "\tlinux\t/vmlinuz x$vfio_claim_trial\\n", false },
	{ "\tlinux\t/vmlinuz $vfio_claim_trial\\n", false },
	{ "", false },
};

static void test_menu(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(menus); i++) {
		_cleanup_free_ char *text =
			text_format("boot/grub/grub.cfg = %s\n", menus[i].config);
		struct tree tree;

		assert_non_null(text);
		tree_make(&tree, text);
		assert_int_equal(grub_trial_is_in_menu(&tree.root, "/boot/grub"),
				 menus[i].is_in_menu);
		assert_false(grub_trial_is_in_menu(&tree.root, "/boot/grub2"));
		tree_remove(&tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value), cmocka_unit_test(test_digest),
		cmocka_unit_test(test_block), cmocka_unit_test(test_where_the_block_is),
		cmocka_unit_test(test_menu),
	};

	return cmocka_run_group_tests_name("menu-trial", tests, NULL, NULL);
}
