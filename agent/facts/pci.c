// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists PCI functions and reads their facts. The owner of libpci: uses its sysfs back-end, which
 * works under lockdown. Never writes.
 */
#include "facts/pci.h"

#include "facts/caps.h"

#include <pci/pci.h>
#include <setjmp.h>
#include <stdio.h>

struct pci {
	const struct root *root;
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
		if (line && sscanf(line, "%llx %llx", &start, &end) == 2 && end > start)
			ret_bars[bar] = (struct pci_bar){ start, end - start + 1 };
	}
	return r;
}

static int init_access(struct pci *pci, char *path)
{
	static char parameter[] = "sysfs.path"; /* libpci takes no const */
	volatile bool is_setting = false;

	if (setjmp(on_error)) {
		/* Out of memory, pci_set_param() keeps its static default but marks it as
		 * allocated (lib/params.c): pci_cleanup() would crash. */
		if (is_setting)
			pci->access = NULL;
		return -EIO;
	}
	pci->access = pci_alloc();
	pci->access->error = throw_error;
	pci->access->warning = ignore_message;
	pci->access->debug = ignore_message;
	pci->access->method = PCI_ACCESS_SYS_BUS_PCI;
	is_setting = true;
	if (path)
		pci_set_param(pci->access, parameter, path);
	is_setting = false;
	pci_init(pci->access);
	return 0;
}

/* A system below a sysroot is named by its own list, whatever the running system knows. */
static void use_names_of(struct pci *pci, const struct root *root)
{
	static const char *const places[] = { "/usr/share/misc/pci.ids",
					      "/usr/share/hwdata/pci.ids" };

	for (size_t i = 0; !root->is_live && i < ARRAY_SIZE(places); i++) {
		_cleanup_free_ char *path = NULL;

		if (!root_exists(root, places[i]))
			continue;
		path = root_library_path(root, places[i]);
		if (path) {
			pci_set_name_list_path(pci->access, steal(path), true);
			pci->lookup_flags = PCI_LOOKUP_NO_HWDB;
		}
		return;
	}
}

struct pci *pci_names_open(const struct root *root)
{
	struct pci *pci = calloc(1, sizeof(*pci));

	if (pci && init_access(pci, NULL) < 0) {
		pci_close(pci);
		return NULL;
	}
	if (pci) {
		/* Not from the user's cache of names that the network gave, which 3.13 leaks. */
		pci->access->id_lookup_mode = 0;
		use_names_of(pci, root);
	}
	return pci;
}

/* Only the vendor's, or with PCI_LOOKUP_DEVICE only the device's. */
static const char *look_up(struct pci *pci, int what, struct pci_id id, char *buffer,
			   size_t size)
{
	return pci_lookup_name(pci->access, buffer, size,
			       what | PCI_LOOKUP_NO_NUMBERS | pci->lookup_flags,
			       id.vendor, id.device);
}

void pci_names_read(struct pci *pci, struct pci_id id, struct device_name *ret_name)
{
	char vendor[160], model[160];

	*ret_name = (struct device_name){};
	if (setjmp(on_error))
		return;
	device_name_set(ret_name,
			look_up(pci, PCI_LOOKUP_VENDOR, id, vendor, sizeof(vendor)),
			look_up(pci, PCI_LOOKUP_DEVICE, id, model, sizeof(model)),
			id.device);
}

void pci_names_lookup(void *pci, const char *text, char buffer[static DEVICE_NAME_SIZE])
{
	struct device_name name;
	struct pci_id id;

	*buffer = '\0';
	if (!pci_id_parse(text, &id))
		return;
	pci_names_read(pci, id, &name);
	device_name_format(&name, buffer);
}

int pci_open(const struct root *root, struct pci **ret_pci)
{
	_cleanup_free_ char *path = NULL;
	struct pci *pci;
	int r;

	if (!root_exists(root, "/sys/bus/pci/devices"))
		return -ENOENT;
	path = root_library_path(root, "/sys/bus/pci");
	pci = calloc(1, sizeof(*pci));
	if (!path || !pci) {
		free(pci);
		return -ENOMEM;
	}
	pci->root = root;
	r = init_access(pci, path);
	if (r < 0) {
		pci_close(pci);
		return r;
	}
	*ret_pci = pci;
	return 0;
}

void pci_close(struct pci *pci)
{
	if (!pci)
		return;
	if (pci->access)
		pci_cleanup(pci->access);
	free(pci);
}

static int compare_functions(const void *a, const void *b)
{
	const struct function *first = a, *second = b;

	return bdf_compare(&first->address, &second->address);
}

static int add_function(struct snapshot *snapshot, const struct pci_dev *device)
{
	int r;

	r = array_reserve(&snapshot->functions, snapshot->n_functions,
			  &snapshot->functions_capacity, sizeof(*snapshot->functions));
	if (r < 0)
		return r;
	snapshot->functions[snapshot->n_functions++] = (struct function){
		.address = { device->domain, device->bus, device->dev, device->func },
		.id = { device->vendor_id, device->device_id },
		.group = GROUP_NONE,
	};
	return 0;
}

/* libpci lists the functions or gives up. */
static int list_functions(struct pci *pci)
{
	if (setjmp(on_error))
		return -EIO;
	pci_scan_bus(pci->access);
	return 0;
}

/* Ids that cannot be read completely become zero, which is no vendor. */
static void identify_function(struct pci_dev *device)
{
	if (setjmp(on_error)) {
		device->vendor_id = device->device_id = 0;
		return;
	}
	pci_fill_info(device, PCI_FILL_IDENT);
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

/* Without libpci, which omits the programming interface. */
static void read_class(const struct root *root, struct function *function)
{
	uint32_t class;

	function->identity_fact = FACT_UNREADABLE;
	if (read_number(root, &function->address, "class", &class) < 0)
		return;
	function->class = class & 0xffffff;
	if (function->id.vendor && function->id.device) /* 0: libpci could not read it */
		function->identity_fact = FACT_KNOWN;
}

int pci_scan(struct pci *pci, struct snapshot *snapshot)
{
	int r;

	r = list_functions(pci);
	if (r < 0)
		return r;
	for (struct pci_dev *device = pci->access->devices; device; device = device->next) {
		identify_function(device);
		r = add_function(snapshot, device);
		if (r < 0)
			return r;
		read_class(pci->root, &snapshot->functions[snapshot->n_functions - 1]);
	}
	if (snapshot->n_functions)
		qsort(snapshot->functions, snapshot->n_functions,
		      sizeof(*snapshot->functions), compare_functions);
	return 0;
}

void pci_read_path(struct pci *pci, struct function *function)
{
	char file[PCI_FILE_SIZE], target[512], *component, *rest = target;
	struct pci_path path = {};
	struct bdf hop, last = {}, parent = {};

	/* e.g. ../../../devices/pci0000:00/0000:00:01.1/0000:01:00.0; behind a VMD a second
	 * pciDDDD:BB follows, which is the root bus. */
	pci_file(&function->address, "", file);
	file[strlen(file) - 1] = '\0';
	if (root_readlink(pci->root, file, target, sizeof(target)) < 0)
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

	r = read_number(root, &function->address, "subsystem_vendor", &vendor);
	if (r == 0)
		r = read_number(root, &function->address, "subsystem_device", &device);
	/* Every function has both files (drivers/pci/pci-sysfs.c): a missing one proves nothing. */
	function->subsystem_fact = r == 0 ? FACT_KNOWN : FACT_UNREADABLE;
	if (r == 0)
		function->subsystem = (struct pci_id){ vendor, device };
}

/* libpci reads a block completely or not at all; the kernel has 64 bytes without privilege, 256 for
 * conventional functions. */
static const size_t config_sizes[] = { CONFIG_SPACE_SIZE, 256, 64 };

void pci_read_config(struct pci *pci, struct function *function, size_t most)
{
	const struct bdf *address = &function->address;
	static u8 config[CONFIG_SPACE_SIZE];
	struct pci_dev *device;
	volatile size_t size = 0;

	if (function->caps.size >= most)
		return;
	if (setjmp(on_error))
		return;
	device = pci_get_dev(pci->access, address->domain, address->bus, address->device,
			     address->function);
	for (size_t i = 0; i < ARRAY_SIZE(config_sizes) && !size; i++)
		if (config_sizes[i] <= most &&
		    pci_read_block(device, 0, config, config_sizes[i]))
			size = config_sizes[i];
	pci_free_dev(device);
	caps_parse(config, size, &function->id, &function->caps);
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

int pci_read_identity(struct pci *pci, struct function *function)
{
	int r;

	if (function->is_identified)
		return 0;
	function->is_identified = true;
	read_subsystem(pci->root, function);
	r = pci_read_driver(pci->root, &function->address, &function->driver);
	if (r == -ENOMEM)
		return r;
	function->driver_fact = r < 0		 ? FACT_UNREADABLE :
				function->driver ? FACT_KNOWN :
						   FACT_ABSENT;
	return 0;
}

void pci_read_removable(struct pci *pci, struct function *function)
{
	char text[16];

	/* Documentation/ABI/testing/sysfs-devices-removable; for PCI since 5.14. */
	function->is_removable = pci_read_line(pci->root, &function->address, "removable",
					       text, sizeof(text)) > 0 &&
				 streq(text, "removable");
}

/* drivers/pci/iov.c: only functions with the capability have these files. */
void pci_read_vfs(struct pci *pci, struct function *function)
{
	struct pci_vfs *vfs = &function->vfs;
	uint32_t total = 0, offset = 0, stride = 0;
	char text[16];

	vfs->fact = fact_of(
		read_number(pci->root, &function->address, "sriov_totalvfs", &total));
	if (vfs->fact != FACT_KNOWN)
		return;
	(void)!read_number(pci->root, &function->address, "sriov_offset", &offset);
	(void)!read_number(pci->root, &function->address, "sriov_stride", &stride);
	vfs->total = total & 0xffff;
	vfs->offset = offset & 0xffff;
	vfs->stride = stride & 0xffff;
	/* Hexadecimal without 0x. */
	if (pci_read_line(pci->root, &function->address, "sriov_vf_device", text,
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

void pci_read_physical(struct pci *pci, struct function *function)
{
	char file[PCI_FILE_SIZE], name[128];

	function->is_virtual =
		root_readlink_name(pci->root, pci_file(&function->address, "physfn", file),
				   name, sizeof(name)) == 0 &&
		bdf_parse(name, &function->physical);
}

int pci_read_modalias(struct pci *pci, struct function *function)
{
	char modalias[256];

	if (function->modalias || pci_read_line(pci->root, &function->address, "modalias",
						modalias, sizeof(modalias)) <= 0)
		return 0;
	function->modalias = strdup(modalias);
	return function->modalias ? 0 : -ENOMEM;
}

int pci_read_details(struct pci *pci, struct function *function)
{
	const struct bdf *address = &function->address;
	int r;

	if (function->detailed)
		return 0;
	function->detailed = true;
	if (!function->path.hops)
		pci_read_path(pci, function);
	pci_read_physical(pci, function);
	r = pci_read_identity(pci, function);
	if (r < 0)
		return r;
	function->has_config = pci_file_exists(pci->root, address, "config");
	pci_read_config(pci, function, 256);
	if (function->driver)
		function->is_driver_builtin =
			pci_file_exists(pci->root, address, "driver/bind") &&
			!pci_file_exists(pci->root, address, "driver/module");
	return pci_read_modalias(pci, function);
}
