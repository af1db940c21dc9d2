// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What else will a VM, or whoever loads a module, meet here? Read for the report; no verdict
 * rests on it, and nothing is reset, resized or woken.
 */
#include "facts/traits.h"

#include "facts/pci.h"

#include <stdio.h>

#define SECURE_BOOT                                                                      \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static ssize_t read_file(const struct root *root, const struct function *function,
			 const char *name, char *buffer, size_t size)
{
	char file[PCI_FILE_SIZE];

	return root_read_line(root, pci_file(&function->address, name, file), buffer, size);
}

/* reset_method since 5.15; before that a file `reset` where there is any method. */
static void read_reset(const struct root *root, struct function *function)
{
	struct features *features = &function->features;
	char file[PCI_FILE_SIZE];
	ssize_t n;

	n = read_file(root, function, "reset_method", features->reset_methods,
		      sizeof(features->reset_methods));
	if (n >= 0) {
		features->reset_fact = FACT_KNOWN;
		return;
	}
	*features->reset_methods = '\0';
	features->reset_fact = n == -ENOENT ? FACT_KNOWN : FACT_UNREADABLE;
	if (root_exists(root, pci_file(&function->address, "reset", file)))
		snprintf(features->reset_methods, sizeof(features->reset_methods), "some");
	else if (!root_exists(root, pci_file(&function->address, "resource", file)))
		features->reset_fact = FACT_UNREADABLE; /* a tree that tells nothing of it */
}

static void read_bars(const struct root *root, struct function *function)
{
	_cleanup_free_ char *text = NULL;
	char file[PCI_FILE_SIZE], name[24], *line, *rest;
	size_t size;

	if (root_read_file(root, pci_file(&function->address, "resource", file), 4096,
			   &text, &size) < 0)
		return;
	rest = text;
	for (unsigned bar = 0; bar < PCI_BARS && (line = strsep(&rest, "\n")); bar++) {
		unsigned long long start, end;

		if (sscanf(line, "%llx %llx", &start, &end) != 2 || end <= start)
			continue;
		function->features.bar_sizes[bar] = end - start + 1;
		if (start > UINT32_MAX)
			function->features.is_above_4g = true;
		snprintf(name, sizeof(name), "resource%u_resize", bar);
		if (root_exists(root, pci_file(&function->address, name, file)))
			function->features.is_resizable = true;
	}
}

void traits_read(const struct root *root, struct function *function)
{
	struct features *features = &function->features;
	char text[32];

	read_reset(root, function);
	if (read_file(root, function, "power_state", features->power_state,
		      sizeof(features->power_state)) < 0)
		*features->power_state = '\0';
	if (read_file(root, function, "sriov_numvfs", text, sizeof(text)) > 0)
		features->virtual_functions = strtoul(text, NULL, 10);
	read_bars(root, function);
}

struct display_reader {
	const struct root *root;
	const char *folder, *card;
};

/* A positive answer ends the list. */
static int take_connector(const char *name, void *data)
{
	const struct display_reader *reader = data;
	size_t length = strlen(reader->card);

	return !strncmp(name, reader->card, length) && name[length] == '-';
}

/* Entries card0, card0-HDMI-A-1, ... in the function's drm folder; a driver makes them. */
static int take_card(const char *name, void *data)
{
	struct display_reader *reader = data;
	char path[PCI_FILE_SIZE + 32];

	if (!has_prefix(name, "card"))
		return 0;
	reader->card = name;
	snprintf(path, sizeof(path), "%s/%.16s", reader->folder, name);
	return root_list(reader->root, path, take_connector, reader) > 0;
}

void traits_read_display(const struct root *root, struct function *function)
{
	char folder[PCI_FILE_SIZE];
	struct display_reader reader = { .root = root, .folder = folder };

	pci_file(&function->address, "drm", folder);
	if (function->driver)
		function->has_connectors = root_list(root, folder, take_card, &reader) > 0;
}

/* The active word stands in brackets: "none [integrity] confidentiality". */
static void read_lockdown(const struct root *root, struct security *security)
{
	char text[128];
	const char *open;
	ssize_t n;

	n = root_read_line(root, "/sys/kernel/security/lockdown", text, sizeof(text));
	if (n < 0) {
		security->lockdown_fact = n == -ENOENT ? FACT_ABSENT : FACT_UNREADABLE;
		return;
	}
	open = strchr(text, '[');
	security->lockdown_fact = open ? FACT_KNOWN : FACT_UNREADABLE;
	if (open)
		snprintf(security->lockdown, sizeof(security->lockdown), "%.*s",
			 (int)strcspn(open + 1, "]"), open + 1);
}

void traits_read_security(const struct root *root, struct security *security)
{
	char text[16];
	ssize_t n;

	/* Four bytes of attributes, then the value. */
	n = root_read(root, SECURE_BOOT, text, sizeof(text));
	security->secure_boot_fact = n == 5	  ? FACT_KNOWN :
				     n == -ENOENT ? FACT_ABSENT :
						    FACT_UNREADABLE;
	security->is_secure_boot = n == 5 && text[4] == 1;
	read_lockdown(root, security);
	n = root_read_line(root, "/sys/module/module/parameters/sig_enforce", text,
			   sizeof(text));
	security->signature_fact = n > 0	? FACT_KNOWN :
				   n == -ENOENT ? FACT_ABSENT :
						  FACT_UNREADABLE;
	security->is_signature_enforced = n > 0 && *text == 'Y';
}
