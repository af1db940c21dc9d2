// SPDX-License-Identifier: GPL-2.0-or-later
/* Names PCI devices. The owner of libpci, of which only the names are used: pci.ids and udev's hwdb. */
#include "host/pci-names.h"

#include <pci/pci.h>
#include <setjmp.h>

struct pci_names {
	struct pci_access *access;
	int lookup_flags;
};

/* libpci's own error handler calls exit(). This one returns to the failed call. */
static jmp_buf on_error;

static void __attribute__((noreturn)) throw_error(char *format, ...)
{
	(void)format;
	longjmp(on_error, 1);
}

static void ignore_message(char *format, ...)
{
	(void)format;
}

/* A system below a sysroot is named by its own list, whatever the running system knows. */
static void use_names_of(struct pci_names *names, const struct root *root)
{
	static const char *const places[] = { "/usr/share/misc/pci.ids",
					      "/usr/share/hwdata/pci.ids" };

	for (size_t i = 0; !root->is_live && i < ARRAY_SIZE(places); i++) {
		_cleanup_free_ char *path = NULL;

		if (!root_exists(root, places[i]))
			continue;
		path = root_library_path(root, places[i]);
		if (path) {
			pci_set_name_list_path(names->access, steal(path), true);
			names->lookup_flags = PCI_LOOKUP_NO_HWDB;
		}
		return;
	}
}

/* No device is ever listed through it. */
static int open_access(struct pci_names *names)
{
	if (setjmp(on_error))
		return -EIO;
	names->access = pci_alloc();
	names->access->error = throw_error;
	names->access->warning = ignore_message;
	names->access->debug = ignore_message;
	/* Not from the user's cache of names that the network gave, which 3.13 leaks. */
	names->access->id_lookup_mode = 0;
	return 0;
}

struct pci_names *pci_names_open(const struct root *root)
{
	struct pci_names *names = calloc(1, sizeof(*names));

	if (names && open_access(names) < 0) {
		pci_names_close(names);
		return NULL;
	}
	if (names)
		use_names_of(names, root);
	return names;
}

void pci_names_close(struct pci_names *names)
{
	if (names && names->access)
		pci_cleanup(names->access);
	free(names);
}

/* Only the vendor's, or with PCI_LOOKUP_DEVICE only the device's. */
static const char *look_up(struct pci_names *names, int what, struct pci_id id,
			   char *buffer, size_t size)
{
	return pci_lookup_name(names->access, buffer, size,
			       what | PCI_LOOKUP_NO_NUMBERS | names->lookup_flags,
			       id.vendor, id.device);
}

void pci_names_read(struct pci_names *names, struct pci_id id, struct device_name *ret_name)
{
	char vendor[160], model[160];

	*ret_name = (struct device_name){};
	if (!names || setjmp(on_error))
		return;
	device_name_set(ret_name,
			look_up(names, PCI_LOOKUP_VENDOR, id, vendor, sizeof(vendor)),
			look_up(names, PCI_LOOKUP_DEVICE, id, model, sizeof(model)),
			id.device);
}

void pci_names_lookup(void *names, const char *text, char buffer[static DEVICE_NAME_SIZE])
{
	struct device_name name;
	struct pci_id id;

	*buffer = '\0';
	if (!pci_id_parse(text, &id))
		return;
	pci_names_read(names, id, &name);
	device_name_format(&name, buffer);
}
