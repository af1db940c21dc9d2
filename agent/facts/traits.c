// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads facts that only the report shows. Never resets, resizes or wakes a device. */
#include "facts/traits.h"

#include "facts/pci.h"

#include <stdio.h>

#define SECURE_BOOT                                                                      \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* reset_method exists since 5.15; before, a file `reset` where there is any method. */
static void read_reset(const struct root *root, struct function *function)
{
	struct features *features = &function->features;
	ssize_t n;

	n = pci_read_line(root, &function->address, "reset_method",
			  features->reset_methods, sizeof(features->reset_methods));
	if (n >= 0) {
		features->reset_fact = FACT_KNOWN;
		return;
	}
	*features->reset_methods = '\0';
	features->reset_fact = n == -ENOENT ? FACT_KNOWN : FACT_UNREADABLE;
	if (pci_file_exists(root, &function->address, "reset"))
		snprintf(features->reset_methods, sizeof(features->reset_methods), "some");
	else if (!pci_file_exists(root, &function->address, "resource"))
		features->reset_fact = FACT_UNREADABLE; /* an incomplete tree */
}

static void read_bars(const struct root *root, struct function *function)
{
	struct features *features = &function->features;
	struct pci_bar bars[PCI_BARS];

	if (pci_read_bars(root, &function->address, bars) < 0)
		return;
	for (unsigned bar = 0; bar < PCI_BARS; bar++) {
		char name[24];

		features->bar_sizes[bar] = bars[bar].size;
		features->is_above_4g |= bars[bar].start > UINT32_MAX;
		snprintf(name, sizeof(name), "resource%u_resize", bar);
		if (bars[bar].size && pci_file_exists(root, &function->address, name))
			features->resizable_bars |= 1 << bar;
	}
}

void traits_read(const struct root *root, struct function *function)
{
	struct features *features = &function->features;

	read_reset(root, function);
	if (pci_read_line(root, &function->address, "power_state", features->power_state,
			  sizeof(features->power_state)) < 0)
		*features->power_state = '\0';
	features->virtual_functions = pci_count_vfs(root, &function->address);
	read_bars(root, function);
}

struct display_reader {
	const struct root *root;
	const char *folder, *card;
};

/* 1 ends the listing. */
static int take_connector(const char *name, void *data)
{
	const struct display_reader *reader = data;
	size_t length = strlen(reader->card);

	return !strncmp(name, reader->card, length) && name[length] == '-';
}

/* A driver creates card0, card0/card0-HDMI-A-1, ... in the function's drm folder. */
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

/* The active word is in brackets: "none [integrity] confidentiality". */
static void read_lockdown(const struct root *root, struct security *security)
{
	char text[128];
	const char *open = NULL;
	ssize_t n;

	n = root_read_line(root, "/sys/kernel/security/lockdown", text, sizeof(text));
	if (n >= 0)
		open = strchr(text, '[');
	security->lockdown_fact = fact_of(n >= 0 && !open ? -ENODATA : n);
	if (open)
		snprintf(security->lockdown, sizeof(security->lockdown), "%.*s",
			 (int)strcspn(open + 1, "]"), open + 1);
}

void traits_read_security(const struct root *root, struct security *security)
{
	char text[16];
	ssize_t n;

	/* Four bytes of attributes precede the value. */
	n = root_read(root, SECURE_BOOT, text, sizeof(text));
	security->secure_boot_fact = fact_of(n >= 0 && n != 5 ? -ENODATA : n);
	security->is_secure_boot = n == 5 && text[4] == 1;
	read_lockdown(root, security);
	n = root_read_line(root, "/sys/module/module/parameters/sig_enforce", text,
			   sizeof(text));
	security->signature_fact = fact_of(n ? n : -ENODATA);
	security->is_signature_enforced = n > 0 && *text == 'Y';
}
