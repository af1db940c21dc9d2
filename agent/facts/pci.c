// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists PCI functions and reads their facts from sysfs, which works under lockdown. Never writes.
 */
#include "facts/pci.h"

#include "base/text.h"
#include "facts/caps.h"

#include <stdio.h>

const char *pci_file(const struct bdf *address, const char *file,
		     char buffer[static PCI_FILE_SIZE])
{
	char text[PCI_ADDRESS_SIZE];
	char *end =
		stpcpy(stpcpy(buffer, "/sys/bus/pci/devices/"), bdf_format(address, text));

	*end++ = '/';
	buffer[PCI_FILE_SIZE - 1] = '\0';
	memccpy(end, file, '\0', buffer + PCI_FILE_SIZE - 1 - end);
	return buffer;
}

ssize_t pci_read_line(const struct root *root, const struct bdf *address,
		      const char *name, char *buffer, size_t size)
{
	char file[PCI_FILE_SIZE];

	return root_read_line(root, pci_file(address, name, file), buffer, size);
}

bool pci_file_exists(const struct root *root, const struct bdf *address, const char *name)
{
	char file[PCI_FILE_SIZE];

	return root_exists(root, pci_file(address, name, file));
}

int pci_read_bars(const struct root *root, const struct bdf *address,
		  struct pci_bar ret_bars[static PCI_BARS])
{
	_cleanup_free_ char *text = NULL;
	char file[PCI_FILE_SIZE], *line, *rest;
	size_t size;
	int r;

	r = root_read_file(root, pci_file(address, "resource", file), 4096, &text, &size);
	rest = text;
	for (unsigned bar = 0; r == 0 && bar < PCI_BARS; bar++) {
		unsigned long long start, end;

		line = strsep(&rest, "\n");
		ret_bars[bar] = (struct pci_bar){};
		if (!line)
			continue;
		start = strtoull(line, &line, 16);
		end = strtoull(line, NULL, 16);
		if (end > start)
			ret_bars[bar] = (struct pci_bar){ start, end - start + 1 };
	}
	return r;
}

static int compare_functions(const void *a, const void *b)
{
	const struct function *first = a, *second = b;

	return bdf_compare(&first->address, &second->address);
}

static int read_number(const struct root *root, const struct bdf *address,
		       const char *name, uint32_t *ret_value)
{
	char text[32], *end;
	unsigned long value;
	ssize_t n;

	n = pci_read_line(root, address, name, text, sizeof(text));
	if (n < 0)
		return n;
	value = strtoul(text, &end, 0);
	if (end == text || *end || value > UINT32_MAX)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

#define MODALIAS_SIZE 96

/* Takes "KEY" and this many hexadecimal digits off the text. */
static bool take_number(const char **text, const char *key, unsigned digits, unsigned *ret)
{
	size_t size = strlen(key);
	unsigned number = 0;
	int digit;

	if (strncmp(*text, key, size) != 0)
		return false;
	for (*text += size; digits; digits--, ++*text) {
		digit = hex_digit(**text);
		if (digit < 0)
			return false;
		number = number << 4 | digit;
	}
	*ret = number;
	return true;
}

/* The kernel's text (drivers/pci/pci-sysfs.c: modalias_show()) has eight digits for numbers of four. */
static bool parse_modalias(const char *text, struct function *function)
{
	unsigned vendor, device, subvendor, subdevice, base, sub, interface;

	if (!take_number(&text, "pci:v0000", 4, &vendor) ||
	    !take_number(&text, "d0000", 4, &device) ||
	    !take_number(&text, "sv0000", 4, &subvendor) ||
	    !take_number(&text, "sd0000", 4, &subdevice) ||
	    !take_number(&text, "bc", 2, &base) || !take_number(&text, "sc", 2, &sub) ||
	    !take_number(&text, "i", 2, &interface) || *text)
		return false;
	function->id = (struct pci_id){ vendor, device };
	function->subsystem = (struct pci_id){ subvendor, subdevice };
	function->class = base << 16 | sub << 8 | interface;
	return true;
}

/* One file has what five others have, and the first look at a file is what costs. */
static bool read_ids_at_once(const struct root *root, struct function *function)
{
	char text[MODALIAS_SIZE];

	if (pci_read_line(root, &function->address, "modalias", text, sizeof(text)) <= 0 ||
	    !parse_modalias(text, function))
		return false;
	function->subsystem_fact = FACT_KNOWN;
	function->read_modalias = strdup(text);
	return function->read_modalias;
}

/* For trees of files that lack it. Ids that cannot be read completely stay zero, which is no vendor. */
static bool read_ids_one_by_one(const struct root *root, struct function *function)
{
	uint32_t vendor, device, class;

	if (read_number(root, &function->address, "vendor", &vendor) == 0 &&
	    read_number(root, &function->address, "device", &device) == 0)
		function->id = (struct pci_id){ vendor, device };
	if (read_number(root, &function->address, "class", &class) < 0)
		return false;
	function->class = class & 0xffffff;
	return true;
}

static void read_ids(const struct root *root, struct function *function)
{
	bool is_read = read_ids_at_once(root, function) ||
		       read_ids_one_by_one(root, function);

	function->identity_fact = is_read && function->id.vendor && function->id.device ?
					  FACT_KNOWN :
					  FACT_UNREADABLE;
}

struct listing {
	const struct root *root;
	struct snapshot *snapshot;
};

static int add_function(const char *name, void *data)
{
	const struct listing *listing = data;
	struct snapshot *snapshot = listing->snapshot;
	struct function *function;
	struct bdf address;
	int r;

	if (!bdf_parse(name, &address))
		return 0;
	r = array_reserve(&snapshot->functions, snapshot->n_functions,
			  &snapshot->functions_capacity, sizeof(*snapshot->functions));
	if (r < 0)
		return r;
	function = &snapshot->functions[snapshot->n_functions++];
	*function = (struct function){ .address = address, .group = GROUP_NONE };
	read_ids(listing->root, function);
	return 0;
}

int pci_scan(const struct root *root, struct snapshot *snapshot)
{
	struct listing listing = { root, snapshot };
	int r;

	r = root_list(root, "/sys/bus/pci/devices", add_function, &listing);
	if (r < 0) /* a part of the list proves nothing of what is absent */
		snapshot->n_functions = 0;
	if (snapshot->n_functions)
		qsort(snapshot->functions, snapshot->n_functions,
		      sizeof(*snapshot->functions), compare_functions);
	return r;
}

void pci_read_path(const struct root *root, struct function *function)
{
	char file[PCI_FILE_SIZE], target[512], *component, *rest = target;
	struct pci_path path = {};
	struct bdf hop, last = {}, parent = {};

	/* e.g. ../../../devices/pci0000:00/0000:00:01.1/0000:01:00.0; behind a VMD a second
	 * pciDDDD:BB follows, which is the root bus. */
	pci_file(&function->address, "", file);
	file[strlen(file) - 1] = '\0';
	if (root_readlink(root, file, target, sizeof(target)) < 0)
		return;
	while ((component = strsep(&rest, "/"))) {
		unsigned domain, bus;

		if (has_prefix(component, "pci") &&
		    sscanf(component, "pci%x:%x", &domain, &bus) == 2) {
			path = (struct pci_path){ .domain = domain, .root_bus = bus };
		} else if (bdf_parse(component, &hop)) {
			if (path.hops == ARRAY_SIZE(path.devfn))
				return;
			path.devfn[path.hops++] = hop.device << 3 | hop.function;
			parent = last;
			last = hop;
		}
	}
	function->path = path;
	function->has_parent = path.hops > 1;
	function->parent_address = parent;
}

static void read_subsystem(const struct root *root, struct function *function)
{
	uint32_t vendor, device;
	int r;

	if (function->subsystem_fact == FACT_KNOWN)
		return;
	r = read_number(root, &function->address, "subsystem_vendor", &vendor);
	if (r == 0)
		r = read_number(root, &function->address, "subsystem_device", &device);
	/* Every function has both files (drivers/pci/pci-sysfs.c): a missing one proves nothing. */
	function->subsystem_fact = r == 0 ? FACT_KNOWN : FACT_UNREADABLE;
	if (r == 0)
		function->subsystem = (struct pci_id){ vendor, device };
}

void pci_read_config(const struct root *root, struct function *function, size_t most)
{
	static uint8_t config[CONFIG_SPACE_SIZE];
	char file[PCI_FILE_SIZE];
	ssize_t size;

	if (function->caps.size >= most)
		return;
	size = root_read_start(root, pci_file(&function->address, "config", file), config,
			       most);
	function->has_config = size != -ENOENT;
	caps_parse(config, size > 0 ? size : 0, &function->id, &function->caps);
}

int pci_read_driver(const struct root *root, const struct bdf *address, char **ret_driver)
{
	char file[PCI_FILE_SIZE], name[128];
	char *driver = NULL;
	int r;

	r = root_readlink_name(root, pci_file(address, "driver", file), name, sizeof(name));
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && !(driver = strdup(name)))
		return -ENOMEM;
	*ret_driver = driver;
	return 0;
}

int pci_read_identity(const struct root *root, struct function *function)
{
	int r;

	if (function->is_identified)
		return 0;
	function->is_identified = true;
	read_subsystem(root, function);
	r = pci_read_driver(root, &function->address, &function->driver);
	if (r == -ENOMEM)
		return r;
	function->driver_fact = r < 0		 ? FACT_UNREADABLE :
				function->driver ? FACT_KNOWN :
						   FACT_ABSENT;
	return 0;
}

void pci_read_removable(const struct root *root, struct function *function)
{
	char text[16];

	/* Documentation/ABI/testing/sysfs-devices-removable; for PCI since 5.14. */
	function->is_removable = pci_read_line(root, &function->address, "removable",
					       text, sizeof(text)) > 0 &&
				 streq(text, "removable");
}

/* drivers/pci/iov.c: only functions with the capability have these files. */
void pci_read_vfs(const struct root *root, struct function *function)
{
	struct pci_vfs *vfs = &function->vfs;
	uint32_t total = 0, offset = 0, stride = 0;
	char text[16];

	vfs->fact =
		fact_of(read_number(root, &function->address, "sriov_totalvfs", &total));
	if (vfs->fact != FACT_KNOWN)
		return;
	(void)!read_number(root, &function->address, "sriov_offset", &offset);
	(void)!read_number(root, &function->address, "sriov_stride", &stride);
	vfs->total = total & 0xffff;
	vfs->offset = offset & 0xffff;
	vfs->stride = stride & 0xffff;
	/* Hexadecimal without 0x. */
	if (pci_read_line(root, &function->address, "sriov_vf_device", text,
			  sizeof(text)) > 0)
		vfs->device = strtoul(text, NULL, 16);
}

/* sriov_numvfs has their number too, but a read of it waits for the device lock since Linux 5.6
 * (drivers/pci/iov.c: sriov_numvfs_show()), and a driver that hangs in its probe holds that for ever. */
unsigned pci_count_vfs(const struct root *root, const struct bdf *address)
{
	unsigned count = 0;
	char link[32];

	while (count <= UINT16_MAX) {
		snprintf(link, sizeof(link), "virtfn%u", count);
		if (!pci_file_exists(root, address, link))
			break;
		count++;
	}
	return count;
}

void pci_read_physical(const struct root *root, struct function *function)
{
	char file[PCI_FILE_SIZE], name[128];

	function->is_virtual =
		root_readlink_name(root, pci_file(&function->address, "physfn", file),
				   name, sizeof(name)) == 0 &&
		bdf_parse(name, &function->physical);
}

int pci_read_modalias(const struct root *root, struct function *function)
{
	char modalias[256];

	if (function->modalias)
		return 0;
	function->modalias = steal(function->read_modalias);
	if (function->modalias || pci_read_line(root, &function->address, "modalias",
						modalias, sizeof(modalias)) <= 0)
		return 0;
	function->modalias = strdup(modalias);
	return function->modalias ? 0 : -ENOMEM;
}

int pci_read_details(const struct root *root, struct function *function)
{
	const struct bdf *address = &function->address;
	int r;

	if (function->detailed)
		return 0;
	function->detailed = true;
	if (!function->path.hops)
		pci_read_path(root, function);
	pci_read_physical(root, function);
	r = pci_read_identity(root, function);
	if (r < 0)
		return r;
	pci_read_config(root, function, 256);
	if (function->driver)
		function->is_driver_builtin =
			pci_file_exists(root, address, "driver/bind") &&
			!pci_file_exists(root, address, "driver/module");
	return pci_read_modalias(root, function);
}
