// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim dump`: writes this machine as a text file from which a test can make a --sysroot
 * tree, so that a bug report becomes a test. Writes every path that the readers open, without a list
 * of its own. Leaves out anything that identifies a person or one single card.
 */
#include "base/buffer.h"
#include "base/bytes.h"
#include "cmd/cmd.h"
#include "decide/config.h"
#include "decide/known-merge.h"
#include "facts/device-path.h"
#include "host/leftover.h"
#include "host/machine.h"
#include "host/names.h"

#include <ctype.h>
#include <fnmatch.h>
#include <limits.h>

#define FILE_SIZE_MAX (4 << 20)
#define LINKS_MAX 40
#define FUNCTIONS "/sys/bus/pci/devices"
/* libkmod reads this folder by itself; add_aliases() writes its answers. */
#define MODULES "/lib/modules/"
#define EXT_CAP_SERIAL 0x0003
#define EXT_CAP_FIRST 0x100

struct dumper {
	struct root *root;
	/* A digit for the use, then a path that the readers open, with '*' for a listed name. */
	struct strings patterns;
	struct strings lines; /* of the dump */
	int error;
};

/* Looking -------------------------------------------------------------------------------------- */

static char *find_pattern(const struct dumper *dumper, const char *pattern)
{
	for (size_t i = 0; i < dumper->patterns.n; i++)
		if (streq(dumper->patterns.items[i] + 1, pattern))
			return dumper->patterns.items[i];
	return NULL;
}

/* A file that is read in one entry of a listed folder is dumped from all of them: the readers stop at
 * the first entry that suffices, and skip the entries that do not concern them. */
static void note(const char *path, enum root_use use, void *data)
{
	struct span rest = { path, strlen(path) }, name;
	struct dumper *dumper = data;
	char pattern[PATH_MAX] = { '0' + use }, *known;
	size_t used = 1;

	if (has_prefix(path, MODULES))
		return;
	while (rest.size) {
		name = span_next(&rest, "/");
		known = name.size ? find_pattern(dumper, pattern + 1) : NULL;
		if (known && *known == '0' + ROOT_USE_LIST)
			name = (struct span){ "*", 1 };
		if (name.size && used + name.size + 2 < sizeof(pattern))
			used += snprintf(pattern + used, sizeof(pattern) - used, "/%.*s",
					 (int)name.size, name.text);
	}
	known = find_pattern(dumper, pattern + 1);
	if (known && *known < *pattern)
		*known = *pattern;
	else if (!known && used > 1 && strings_add(&dumper->patterns, pattern) < 0)
		dumper->error = -ENOMEM;
}

/* Read only where a modalias lacks them, but a person who reads the dump looks for them. */
static void note_ids(struct dumper *dumper)
{
	static const char *const files[] = { "vendor", "device", "class",
					     "subsystem_vendor", "subsystem_device" };
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), FUNCTIONS "/*/%s", files[i]);
		note(path, ROOT_USE_READ, dumper);
	}
}

/* Configures a function under another id, because the survey then reads all that it ever reads. */
static int select_changed(struct survey *survey)
{
	char address[PCI_ADDRESS_SIZE], text[PCI_ADDRESS_SIZE + 16], *selector = text;

	if (!survey->snapshot.n_functions)
		return 0;
	bdf_format(&survey->snapshot.functions[0].address, address);
	snprintf(text, sizeof(text), "%s id=ffff:ffff", address);
	return cmd_select(&survey->config, &selector, 1);
}

/* The devices that the host boots from are left out: the agent does not read them, and they would show
 * the user's disks and networks. */
static int look(struct dumper *dumper, struct survey *survey)
{
	CLEANUP(findings_done) struct findings findings = {};
	int r;

	note_ids(dumper);
	dumper->root->trace = note;
	dumper->root->trace_data = dumper;
	r = survey_read_config(dumper->root, &survey->config);
	if (r == 0)
		r = survey_look(dumper->root, survey);
	if (r == 0)
		r = select_changed(survey);
	if (r == 0)
		r = survey_look(dumper->root, survey);
	if (r == 0)
		r = machine_read(dumper->root, &survey->snapshot);
	leftover_find(dumper->root, &survey->snapshot, &findings);
	dumper->root->trace = NULL;
	return r;
}

/* Privacy -------------------------------------------------------------------------------------- */

/* A test needs the policies and selectors, but not the card's serial number. */
static size_t hide_serials(char *text, size_t size)
{
	static const char key[] = "serial=";

	for (char *word = strstr(text, key); word; word = strstr(word, key)) {
		word += strlen(key);
		for (; isxdigit((unsigned char)*word) || *word == '-'; word++)
			*word = *word == '-' ? '-' : '0';
	}
	return size;
}

/* Keeps what machine.c reads; the rest is long and may hold a serial number. */
static size_t keep_vendor(char *text, size_t size)
{
	return machine_reduce_cpu(text, size);
}

/* Keeps the lines that machine.c reads. */
static size_t keep_options(char *text, size_t size)
{
	(void)size;
	return machine_reduce_config(text);
}

/* Keeps screen_info, which display.c reads; the monitor's EDID after it has a serial number. */
static size_t keep_screen_info(char *text, size_t size)
{
	(void)text;
	return size < 0x40 ? size : 0x40;
}

/* The readers need only the names of interfaces in the tables of addresses and routes. */
static size_t hide_addresses(char *text, size_t size)
{
	for (size_t length; *text; text += length + !!text[length]) {
		length = strcspn(text, " \t\n");
		if (length >= 8 && strspn(text, "0123456789abcdefABCDEF") >= length)
			memset(text, '0', length);
	}
	return size;
}

/* Keeps each mount's device number and mount point; the source may name a server. */
static size_t keep_places(char *text, size_t size)
{
	char *line, *rest = text, *end = text;

	for (line = strsep(&rest, "\n"); line && *line; line = strsep(&rest, "\n")) {
		size = 0;
		for (int i = 0; i < 5; i++) {
			size += strspn(line + size, " ");
			size += strcspn(line + size, " ");
		}
		memmove(end, line, size);
		end += size;
		if (rest)
			*end++ = '\n';
	}
	return end - text;
}

/* Zeroes the Device Serial Number, which identifies one single card. */
static size_t drop_serial(char *config, size_t size)
{
	size_t at = EXT_CAP_FIRST;

	for (int hops = 0; hops < 512 && at >= EXT_CAP_FIRST && at + 12 <= size; hops++) {
		uint32_t header = get_le32(config + at);

		if ((header & 0xffff) == EXT_CAP_SERIAL)
			memset(config + at + 4, 0, 8);
		at = header >> 20 & 0xffc;
	}
	return size;
}

static const struct {
	const char *pattern;
	size_t (*edit)(char *text, size_t size); /* in place; NULL: the file is left out */
} edits[] = {
	{ "/proc/sys/kernel/random/boot_id", NULL },
	{ RECORD_PATH, NULL }, /* belongs to an image, not to the machine */
	{ "/proc/cmdline", hide_serials },
	{ CONFIG_PATH, hide_serials },
	{ KNOWN_PATH, hide_serials },
	{ "/proc/cpuinfo", keep_vendor },
	{ "/boot/config-*", keep_options },
	{ "/proc/net/*", hide_addresses },
	{ "/proc/self/mountinfo", keep_places },
	{ "/sys/kernel/boot_params/data", keep_screen_info },
	{ "/sys/*/config", drop_serial },
};

/* udev may name a network adapter by its MAC address: "enx001122334455". */
static void hide_names(char *text)
{
	for (char *name = strstr(text, "enx"); name; name = strstr(name + 3, "enx"))
		if (strspn(name + 3, "0123456789abcdef") == 12)
			memset(name + 9, '0', 4);
}

/* Lines ---------------------------------------------------------------------------------------- */

/* Frees the line, which is NULL if there was no memory. */
static void add_line(struct dumper *dumper, char *line)
{
	if (line)
		hide_names(line);
	if (!line || strings_add(&dumper->lines, line) < 0)
		dumper->error = -ENOMEM;
	free(line);
}

static bool is_plain(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!isprint((unsigned char)text[i]))
			return false;
	return !size || (text[0] != '@' && !isspace((unsigned char)text[0]) &&
			 !isspace((unsigned char)text[size - 1]));
}

static void add_value(struct dumper *dumper, const char *path, char *text, size_t size)
{
	struct buffer buffer;
	char *line = NULL;

	/* One newline at the end is implied, as in sysfs. */
	if (!size || (text[size - 1] == '\n' && is_plain(text, size - 1))) {
		add_line(dumper, text_format("%s = %.*s", path + 1,
					     size ? (int)size - 1 : 0, size ? text : ""));
		return;
	}
	if (has_prefix(path, "/proc/"))
		hide_names(text);
	if (buffer_open(&buffer) == 0) {
		fprintf(buffer.stream, "%s = @hex:", path + 1);
		for (size_t i = 0; i < size; i++)
			fprintf(buffer.stream, "%02x", (unsigned char)text[i]);
		if (buffer_close(&buffer, &line) < 0)
			line = NULL;
	}
	add_line(dumper, line);
}

static void add_file(struct dumper *dumper, const char *path, enum root_use use)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0, i = 0;

	while (i < ARRAY_SIZE(edits) && fnmatch(edits[i].pattern, path, 0))
		i++;
	if (i < ARRAY_SIZE(edits) && !edits[i].edit)
		return;
	if (use == ROOT_USE_READ &&
	    root_read_file(dumper->root, path, FILE_SIZE_MAX, &text, &size) < 0)
		return;
	if (text && i < ARRAY_SIZE(edits)) {
		size = edits[i].edit(text, size);
		text[size] = '\0';
	}
	add_value(dumper, path, text, size);
}

/* Writes the part of this kernel's index that concerns these functions, if there is any. */
static void add_aliases(struct dumper *dumper, const struct snapshot *snapshot)
{
	_cleanup_free_ char *text = NULL;
	struct buffer buffer;
	char path[256];

	snprintf(path, sizeof(path), MODULES "%s/modules.alias", snapshot->kernel);
	if (buffer_open(&buffer) < 0) {
		dumper->error = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];

		for (size_t k = 0; k < function->rivals.n; k++)
			fprintf(buffer.stream, "alias %s %s\n", function->modalias,
				function->rivals.items[k]);
	}
	if (buffer_close(&buffer, &text) < 0)
		dumper->error = -ENOMEM;
	else if (*text)
		add_value(dumper, path, text, strlen(text));
}

/* An entry implies its folder, and a file's content implies that the file exists. */
static bool is_implied_by(const char *line, const char *next)
{
	size_t length = strlen(line);

	if (has_suffix(line, " /") && !strncmp(line, next, length - 2))
		return next[length - 2] == '/' || streq(line, next);
	return streq(line, next) || (has_suffix(line, " = ") && has_prefix(next, line));
}

/* Sorted, so that two dumps of one machine are alike. */
static void print_lines(struct strings *lines)
{
	names_sort_versions(lines);
	for (size_t i = 0; i < lines->n; i++)
		if (i + 1 == lines->n ||
		    !is_implied_by(lines->items[i], lines->items[i + 1]))
			puts(lines->items[i]);
}

/* Finding -------------------------------------------------------------------------------------- */

static int collect_name(const char *name, void *data)
{
	return strings_add(data, name);
}

static int stop(const char *name, void *data)
{
	(void)name, (void)data;
	return 1;
}

static void find(struct dumper *dumper, const char *base, const char *rest,
		 enum root_use use, int n_links);

static void find_each(struct dumper *dumper, const char *folder, const char *rest,
		      enum root_use use, int n_links)
{
	CLEANUP(strings_done) struct strings names = {};
	char path[PATH_MAX];
	int r;

	r = root_list(dumper->root, folder, collect_name, &names);
	if (r == -ENOMEM)
		dumper->error = r;
	else if (r < 0 && r != -ENOENT && r != -ENOTDIR)
		fprintf(stderr, "vfio-claim: '%s': %s; the dump is incomplete\n", folder,
			strerror(-r));
	for (size_t i = 0; i < names.n; i++)
		if (snprintf(path, sizeof(path), "%s%s", names.items[i], rest) <
		    (int)sizeof(path))
			find(dumper, folder, path, use, n_links);
}

static void find_end(struct dumper *dumper, const char *path, enum root_use use, int n_links)
{
	if (!root_exists(dumper->root, path))
		return;
	if (root_list(dumper->root, path, stop, NULL) == -ENOTDIR)
		add_file(dumper, path, use);
	else
		add_line(dumper, text_format("%s /", path + 1));
	if (use == ROOT_USE_LIST)
		find_each(dumper, path, "", ROOT_USE_LOOK, n_links);
}

/* Adds base/rest under its real path, and each link on the way: a test cannot create a file below a
 * link. */
static void find(struct dumper *dumper, const char *base, const char *rest,
		 enum root_use use, int n_links)
{
	char path[PATH_MAX], target[PATH_MAX];
	size_t length;
	int r;

	rest += strspn(rest, "/");
	length = strcspn(rest, "/");
	if (!length) {
		find_end(dumper, base, use, n_links);
		return;
	}
	if (length == 1 && *rest == '*') {
		find_each(dumper, base, rest + length, use, n_links);
		return;
	}
	if (snprintf(path, sizeof(path), "%s/%.*s", base, (int)length, rest) >=
	    (int)sizeof(path))
		return;
	rest += length;
	r = root_readlink(dumper->root, path, target, sizeof(target));
	if (r < 0 || has_prefix(path, "/proc/")) { /* /proc/self differs each time */
		if (r != -ENOENT)
			find(dumper, path, rest, use, n_links);
		return;
	}
	add_line(dumper, text_format("%s -> %s", path + 1, target));
	if (n_links < LINKS_MAX &&
	    device_path_resolve(dumper->root, path, target, sizeof(target)) == 0 &&
	    strlen(target) + strlen(rest) < sizeof(target))
		find(dumper, "", strcat(target, rest), use, n_links + 1);
}

static int dump(struct dumper *dumper)
{
	CLEANUP(survey_done)
	struct survey survey = { .depth = SNAPSHOT_TOPOLOGY, .merge_known = known_merge };
	int r;

	r = look(dumper, &survey);
	if (r < 0)
		return r;
	for (size_t i = 0; i < dumper->patterns.n; i++) {
		const char *pattern = dumper->patterns.items[i];

		find(dumper, "", pattern + 1, *pattern - '0', 0);
	}
	if (survey.snapshot.kernel)
		add_aliases(dumper, &survey.snapshot);
	printf("# recorded by vfio-claim " VERSION "\n");
	print_lines(&dumper->lines);
	return dumper->error;
}

static int cmd_dump(const struct cmd *cmd)
{
	struct root root = cmd->root; /* to be traced */
	struct dumper dumper = { .root = &root };
	int r = dump(&dumper);

	strings_done(&dumper.patterns);
	strings_done(&dumper.lines);
	return r < 0 ? cmd_fail("dump", r) : EXIT_AS_CONFIGURED;
}

const struct verb verb_dump = {
	.name = "dump",
	.former_name = "record",
	.summary = "print this machine as a text file, for a bug report or a test",
	.details =
		"Prints the part of this machine that list, check and explain read, one line for "
		"each entry: 'path = value', 'path -> target', 'path /'. Leaves out serial numbers, "
		"MAC addresses and the boot id. Only root can read everything.",
	.run = cmd_dump,
};
