// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What does the image know of the system it was built on? Lines "built-at TIME",
 * "module NAME" (for the hook: what the image must hold to claim) and "alias PATTERN MODULE", as
 * in modules.alias.
 */
#include "record.h"

#include <fnmatch.h>
#include <stdio.h>
#include <time.h>

#define RECORD_SIZE_MAX (4 << 20)
#define ALIASES_SIZE_MAX (32 << 20)
#define VENDOR_SIZE (sizeof("pci:v000010DE") - 1)

int record_read(const struct root *root, struct record *record)
{
	static const char key[] = "built-at ";
	size_t size;
	char *line;
	int r;

	*record = (struct record){};
	r = root_read_file(root, RECORD_PATH, RECORD_SIZE_MAX, &record->text, &size);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	line = strstr(record->text, key);
	if (line && (line == record->text || line[-1] == '\n')) {
		line += strlen(key);
		record->built_at = strndup(line, strcspn(line, "\n"));
		if (!record->built_at) {
			record_done(record);
			return -ENOMEM;
		}
	}
	return 0;
}

void record_done(struct record *record)
{
	free(record->text);
	free(record->built_at);
	*record = (struct record){};
}

/* Splits "alias PATTERN MODULE" in place; false for any other line. */
static bool split_alias(char *line, char **ret_pattern, char **ret_module)
{
	if (!has_prefix(line, "alias "))
		return false;
	*ret_pattern = line + strlen("alias ");
	*ret_module = strchr(*ret_pattern, ' ');
	if (!*ret_module)
		return false;
	*(*ret_module)++ = '\0';
	return true;
}

static bool is_start_alike(const char *line, const char *modalias)
{
	static const char key[] = "alias ";
	const char *pattern = line + strlen(key);

	if (!has_prefix(line, key))
		return false;
	while (*pattern == *modalias && *pattern)
		pattern++, modalias++;
	return (*pattern && strchr("*?[", *pattern)) || (*pattern == ' ' && !*modalias);
}

int record_add_rivals(const struct record *record, struct modules *modules,
		      const char *modalias, struct strings *rivals)
{
	const char *line = record->text;

	while (line && *line) {
		size_t length = strcspn(line, "\n");
		char copy[512], *pattern, *module;

		/* Most lines are of other functions, and fnmatch is dear: all of the pattern
		 * before its first wildcard must be there. */
		if (length < sizeof(copy) && is_start_alike(line, modalias)) {
			memcpy(copy, line, length);
			copy[length] = '\0';
			if (split_alias(copy, &pattern, &module) &&
			    !strings_have(rivals, module) &&
			    !fnmatch(pattern, modalias, 0) &&
			    !modules_is_blacklisted(modules, module) &&
			    strings_add(rivals, module) < 0)
				return -ENOMEM;
		}
		line += length;
		line += *line == '\n';
	}
	return 0;
}

/* May the class part of a pci: pattern be one of these? "bc03sc*", "bc*sc*", "bc0Csc03". */
static bool is_class_possible(const char *pattern)
{
	static const char *const claimable[][2] = {
		{ "03", NULL },
		{ "04", "03" },
		{ "0C", "03" },
		{ "0C", "80" },
	};
	const char *base = strstr(pattern, "bc"), *sub;

	if (!base)
		return false;
	base += 2;
	sub = strstr(base, "sc");
	if (*base == '*' || !sub)
		return true;
	sub += 2;
	for (size_t i = 0; i < ARRAY_SIZE(claimable); i++)
		if (!strncmp(base, claimable[i][0], 2) &&
		    (!claimable[i][1] || *sub == '*' || !strncmp(sub, claimable[i][1], 2)))
			return true;
	return false;
}

static int add_vendor(struct strings *vendors, uint16_t vendor)
{
	char text[VENDOR_SIZE + 1];

	snprintf(text, sizeof(text), "pci:v%08X", vendor);
	return strings_have(vendors, text) ? 0 : strings_add(vendors, text);
}

/* Of all that the configuration names, by its own words or as it stands here now. */
static int find_vendors(const struct config *config, const struct snapshot *snapshot,
			struct strings *vendors)
{
	for (size_t i = 0; i < config->n_wanted; i++)
		if (config->wanted[i].selector.has_id &&
		    add_vendor(vendors, config->wanted[i].selector.id.vendor) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (snapshot->functions[i].detailed &&
		    add_vendor(vendors, snapshot->functions[i].id.vendor) < 0)
			return -ENOMEM;
	return 0;
}

static bool is_worth_keeping(const char *pattern, const struct strings *vendors)
{
	if (!has_prefix(pattern, "pci:v") || !is_class_possible(pattern))
		return false;
	if (pattern[strlen("pci:v")] == '*')
		return true;
	for (size_t i = 0; i < vendors->n; i++)
		if (has_prefix(pattern, vendors->items[i]))
			return true;
	return false;
}

int record_print(const struct root *root, const char *release,
		 const struct config *config, const struct snapshot *snapshot)
{
	CLEANUP(strings_done) struct strings vendors = {};
	_cleanup_free_ char *path = NULL, *text = NULL;
	char when[32], *line, *rest;
	time_t now = time(NULL);
	struct tm utc;
	size_t size;
	int r;

	if (asprintf(&path, "/lib/modules/%s/modules.alias", release) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = find_vendors(config, snapshot, &vendors);
	if (r < 0)
		return r;
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	printf("built-at %s\n", when);
	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (snapshot->functions[i].vfio_module)
			printf("module %s\n", snapshot->functions[i].vfio_module);
	r = root_read_file(root, path, ALIASES_SIZE_MAX, &text, &size);
	if (r < 0)
		return r;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		char *pattern, *module;

		if (split_alias(line, &pattern, &module) &&
		    is_worth_keeping(pattern, &vendors) && !streq(module, "vfio_pci"))
			printf("alias %s %s\n", pattern, module);
	}
	return fflush(stdout) == EOF ? -EIO : 0;
}
