// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No modules.alias harms aliases.c, and the image gets every pattern in it that matches the
 * card. An input is a modalias, a line break, and the file.
 */
#include "host/aliases.h"
#include "fuzz.h"
#include "facts/record.h"

#include <fnmatch.h>
#include <stdio.h>

#define VENDOR_SIZE (sizeof("pci:v000010DE") - 1)

/* As image-record writes it. */
static char *write_record(const char *file, const char *vendor)
{
	struct strings vendors = {};
	_cleanup_free_ char *copy = strdup(file);
	const char *pattern, *module;
	char *rest = copy, *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	CHECK(copy && stream && strings_add(&vendors, vendor) == 0);
	fprintf(stream, "vendor %s\n", vendor);
	while (aliases_next(&rest, &vendors, &pattern, &module)) {
		CHECK(!strpbrk(pattern, " \n") && !strchr(module, '\n'));
		fprintf(stream, "alias %s %s\n", pattern, module);
	}
	CHECK(fclose(stream) == 0);
	strings_done(&vendors);
	return text;
}

/* The reference: fnmatch on every line. */
static void check_each(const char *file, const char *modalias, const struct strings *rivals)
{
	_cleanup_free_ char *copy = strdup(file);
	char *rest = copy, *line;

	CHECK(copy);
	while ((line = strsep(&rest, "\n"))) {
		size_t size = strlen(line);
		char *pattern, *module;

		if (!has_prefix(line, "alias pci:") || size >= 512)
			continue;
		pattern = line + strlen("alias ");
		module = strchr(pattern, ' ');
		if (!module || !module[1] || streq(module + 1, "vfio_pci"))
			continue;
		*module++ = '\0';
		/* Not kept, as no card has that class or vendor, and no pattern has a '\\'. */
		if (!record_is_card_class(pattern) || strchr(pattern, '\\') ||
		    (strncmp(pattern, modalias, VENDOR_SIZE) &&
		     !has_prefix(pattern, "pci:v*")))
			continue;
		if (!fnmatch(pattern, modalias, 0))
			CHECK(strings_have(rivals, module));
	}
}

/* As the kernel formats it: drivers/pci/pci-sysfs.c. */
static bool is_modalias(const char *text)
{
	return !text[strspn(text, ":abcdefghijklmnopqrstuvwxyz0123456789ABCDEF")];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1), *vendor = NULL;
	CLEANUP(strings_done) struct strings rivals = {};
	struct record record = {};
	char *modalias, *file = text;
	bool is_known = false;

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	modalias = strsep(&file, "\n");
	if (!file || strlen(modalias) < VENDOR_SIZE || !has_prefix(modalias, "pci:v") ||
	    !is_modalias(modalias))
		return 0;
	vendor = strndup(modalias, VENDOR_SIZE);
	CHECK(vendor);
	record.text = write_record(file, vendor);
	CHECK(record_find_rivals(&record, modalias, &rivals, &is_known) == 0);
	CHECK(is_known == record_is_card_class(modalias));
	check_each(file, modalias, &rivals);
	free(record.text);
	return 0;
}
