// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Images whose files are in a file system inside them, with stand-ins for the program that opens it: what
 * it finds, and each way in which it fails. tests/qemu has real images and the real program.
 */
#include "unit.h"

#include "archives.h"
#include "base/clock.h"
#include "host/image.h"
#include "host/tool.h"
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>

#define MAGIC "hsqs, and then what the stand-in does not read"

/* Stand-ins ------------------------------------------------------------------------------------ */

/* A folder with "unsquashfs" of this text, which becomes PATH. */
static void make_tool(struct tree *tree, const char *script)
{
	struct bytes bytes = {};
	char path[64];

	tree_make(tree, "");
	assert_int_equal(chmod(tree->folder, 0755), 0);
	if (script) {
		bytes_add(&bytes, "#!/bin/sh\nPATH=/usr/bin:/bin\n", 29);
		bytes_add(&bytes, script, strlen(script));
		bytes_write(&bytes, tree->folder, "unsquashfs");
		snprintf(path, sizeof(path), "%s/unsquashfs", tree->folder);
		assert_int_equal(chmod(path, 0755), 0);
		bytes_done(&bytes);
	}
	setenv("PATH", tree->folder, 1);
}

#define LIST(size)                                                                                \
	"cat <<'END'\n"                                                                           \
	"drwxr-xr-x 0/0                 250 2026-11-27 22:53 @\n"                                 \
	"drwxr-xr-x 0/0                 250 2026-11-27 22:53 @/etc\n"                             \
	"-rw-r--r-- 0/0                  " size                                                   \
	" 2026-11-27 22:53 @/etc/vfio-claim.conf\n"                                               \
	"crw-r--r-- 0/0             5,  1 2026-11-27 22:53 @/dev/console\n"                       \
	"lrwxrwxrwx 0/0                  23 2026-11-27 22:53 @/init -> usr/lib/systemd/systemd\n" \
	"lrwxrwxrwx 0/0                   7 2026-11-27 22:53 @/lib -> usr/lib\n"                  \
	"-rwxr-xr-x 0/0              123456 2026-11-27 22:53 @/usr/lib/vfio-claim/agent\n"        \
	"-rw-r--r-- 0/0                   9 2026-11-27 22:53 "                                    \
	"@/usr/lib/systemd/system/vfio-claim-early.service\n"                                     \
	"lrwxrwxrwx 0/0                   9 2026-11-27 22:53 "                                    \
	"@/usr/lib/systemd/system/sysinit.target.wants/vfio-claim-early.service -> ../x\n"        \
	"-rw-r--r-- 0/0               99999 2026-11-27 22:53 "                                    \
	"@/usr/lib/modules/6.1.0/kernel/drivers/vfio/pci/vfio-pci.ko.xz\n"                        \
	"END\n"

/* Files are asked for by name; the listing has no size for anything but files. */
#define TOOL(size)                                                                       \
	"[ \"$(head -c 4 /proc/self/fd/3)\" = hsqs ] || exit 9\n"                        \
	"case \"$*\" in\n"                                                               \
	"'-cat /proc/self/fd/3 etc/vfio-claim.conf') printf 'gpu = 01:00.0\\n' ;;\n"     \
	"'-lln -d @ /proc/self/fd/3') " LIST(size) ";;\n"                                \
						   "*) exit 8 ;;\n"                      \
						   "esac\n"

static const struct tool {
	const char *name, *script; /* NULL: none */
	int r;
} tools[] = {
	{ "good", TOOL("14"), 0 },
	{ "none", NULL, -ENOPKG },
	{ "fails", "exit 1\n", -EPROTO },
	{ "lists, and then fails", LIST("14") "exit 2\n", -EPROTO },
	{ "is killed", "kill -9 $$\n", -EPROTO },
	{ "lists nothing", "exit 0\n", -EPROTO },
	{ "lists something else", "echo Usage: unsquashfs\n", -EPROTO },
	{ "lists without end", "yes ' @/x'\n", -EFBIG },
	{ "gives less than it lists", TOOL("15"), -EPROTO },
	{ "gives more than it lists", TOOL("13"), -EPROTO },
	{ "has no -cat", "[ \"$1\" = -lln ] || exit 1\n" LIST("14"), -EPROTO },
};

/* The image: an init of its own, which is not the one that counts, and the file system. */
static struct bytes make_image(const char *name, const char *content)
{
	struct bytes bytes = {};

	add(&bytes, "init", FILE_MODE, "#!/bin/sh\n");
	add(&bytes, "usr/lib/modules/k/loop.ko", FILE_MODE, "x");
	add(&bytes, "usr/lib/vfio-claim/image-record", FILE_MODE, "of the outer tree\n");
	add(&bytes, name, FILE_MODE, content);
	add_trailer(&bytes);
	return bytes;
}

static int read_image(const struct tree *tree, struct image *image, size_t *part)
{
	const struct image_part parts[] = { { &tree->root, "first", 0, 0 },
					    { &tree->root, "second", 0, 0 },
					    { &tree->root, "third", 0, 0 } };

	return image_read_parts(parts, 3, image, part);
}

static void write_parts(const struct tree *tree, const char *name, const char *content)
{
	struct bytes other = {}, bytes = make_image(name, content);

	add(&other, "etc/added", FILE_MODE, "");
	add(&other, "usr/lib/vfio-claim/agent", FILE_MODE, "hidden");
	add_trailer(&other);
	bytes_write(&other, tree->folder, "first");
	bytes_write(&bytes, tree->folder, "second");
	bytes_write(&other, tree->folder, "third");
	bytes_done(&other);
	bytes_done(&bytes);
}

static void test_tool(void **state)
{
	const struct tool *tool = *state;
	CLEANUP(image_done) struct image image = {};
	struct tree tree;
	size_t part;

	make_tool(&tree, tool->script);
	write_parts(&tree, "squashfs-root.img", MAGIC);
	assert_int_equal(read_image(&tree, &image, &part), tool->r);
	assert_int_equal(part, tool->r ? 1 : 3);
	if (tool->r) {
		assert_non_null(image_error_text(tool->r));
	} else {
		assert_string_equal(image.kind, "systemd");
		assert_true(image.is_first && image.has_agent && image.has_config);
		assert_int_equal(strlen(image.config_sha256), 64);
		/* nothing of the tree that it replaces */
		assert_null(image.record);
		assert_int_equal(image.modules.n, 1);
		assert_string_equal(image.modules.items[0], "vfio_pci");
	}
	tree_remove(&tree);
}

static const struct inner {
	const char *name, *content;
	int r;
} inners[] = {
	{ "squash-root.img", MAGIC, 0 },
	{ "squash/root.img", MAGIC, 0 },
	{ "erofs-root.img", MAGIC, 0 }, /* its bytes tell */
	{ "squashfs-root.img", "", -EBADMSG },
	{ "squashfs-root.img", "garbage, all of it", -EBADMSG },
	{ "usr/squashfs-root.img", MAGIC,
	  -EADDRNOTAVAIL /* no matter: the outer tree counts */ },
};

static void test_inner(void **state)
{
	const struct inner *inner = *state;
	CLEANUP(image_done) struct image image = {};
	struct tree tree;
	size_t part;
	int r;

	make_tool(&tree, TOOL("14"));
	write_parts(&tree, inner->name, inner->content);
	r = read_image(&tree, &image, &part);
	if (inner->r == -EADDRNOTAVAIL) {
		assert_int_equal(r, 0);
		assert_non_null(image.record);
	} else {
		assert_int_equal(r, inner->r);
		assert_null(image.record);
	}
	tree_remove(&tree);
}

static void test_erofs(void **state)
{
	static char content[2048];
	CLEANUP(image_done) struct image image = {};
	struct bytes bytes = {};
	struct tree tree;

	(void)state;
	make_tool(&tree, "exit 0\n");
	memset(content, 'x', sizeof(content) - 1);
	memcpy(content + 1024, "\xe2\xe1\xf5\xe0", 4);
	bytes = make_image("erofs-root.img", content);
	bytes_write(&bytes, tree.folder, "a");
	assert_int_equal(image_read(&tree.root, "/a", &image), -EMEDIUMTYPE);
	assert_non_null(strstr(image_error_text(-EMEDIUMTYPE), "erofs"));
	bytes_done(&bytes);
	tree_remove(&tree);
}

/* Limits ------------------------------------------------------------------------------------- */

static const struct limit {
	const char *name, *script;
	int r;
	const char *output;
} limits[] = {
	{ "ends", "echo fine\n", 0, "fine\n" },
	{ "is quiet", "exit 0\n", 0, "" },
	{ "hangs", "sleep 60\n", -ETIMEDOUT, NULL },
	{ "hangs, and takes no signal", "trap '' TERM INT HUP\nwhile :; do :; done\n",
	  -ETIMEDOUT, NULL },
	{ "hangs with its output closed", "exec >&-\nsleep 60\n", -ETIMEDOUT, NULL },
	{ "hangs after a part", "echo part\nexec sleep 60\n", -ETIMEDOUT, NULL },
	{ "as long as may be", "printf 1234567890\n", 0, "1234567890" },
	{ "longer", "printf 12345678901\n", -EFBIG, NULL },
	{ "without end", "yes\n", -EFBIG, NULL },
	{ "writes a file", "echo x >\"$0.new\" && echo written\n", -EPROTO, NULL },
	{ "reads from its input", "read x; echo \"[$x]\"\n", 0, "[]\n" },
	{ "complains", "echo x >&2\n", 0, "" },
};

static void test_limit(void **state)
{
	static const char *const arguments[] = { "unsquashfs", NULL };
	const struct limit *limit = *state;
	_cleanup_close_ int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	int64_t begin = clock_ms();
	struct tree tree;
	size_t size;
	int r;

	make_tool(&tree, limit->script);
	r = tool_run(arguments, input, begin + (limit->r == -ETIMEDOUT ? 300 : 30000), 10,
		     &text, &size);
	assert_int_equal(r, limit->r);
	if (limit->output) {
		assert_string_equal(text, limit->output);
		assert_int_equal(size, strlen(limit->output));
	}
	assert_true(clock_ms() - begin < 30000);
	tree_remove(&tree);
}

/* Root's rights are given up before the program runs. */
static void test_user(void **state)
{
	static const char *const arguments[] = { "unsquashfs", NULL };
	_cleanup_close_ int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	struct tree tree;
	size_t size;

	(void)state;
	make_tool(&tree, "id -u; id -G; sed -n 's/^NoNewPrivs:.//p' /proc/self/status\n");
	assert_int_equal(tool_run(arguments, input, clock_ms() + 30000, 100, &text, &size),
			 0);
	if (getuid() == 0)
		assert_string_equal(text, "65534\n65534\n1\n");
	else
		assert_non_null(strstr(text, "\n1\n"));
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_erofs),
		cmocka_unit_test(test_user),
	};

	return RUN_TABLE(tools, test_tool) + RUN_TABLE(inners, test_inner) +
	       RUN_TABLE(limits, test_limit) +
	       cmocka_run_group_tests_name("squash", tests, NULL, NULL);
}
