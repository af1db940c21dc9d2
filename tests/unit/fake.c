// SPDX-License-Identifier: GPL-2.0-or-later
/* The system of fake.h. Follows drivers/base/dd.c and drivers/pci/pci-driver.c. */
#include "fake.h"

#include <stdio.h>

static const char *host_driver_of(const struct function *function)
{
	switch (function->class >> 8) {
	case 0x0300:
		return "nouveau";
	case 0x0403:
		return "snd_hda_intel";
	case 0x0604:
		return "pcieport";
	default:
		return "xhci_hcd";
	}
}

void fake_init(struct fake *fake, const struct snapshot *snapshot)
{
	*fake = (struct fake){
		.n_devices = snapshot->n_functions,
		.modules = { { "vfio_pci", "vfio-pci" },
			     { "vfio_iommu_type1", NULL },
			     { "nvgrace_gpu_vfio_pci", "nvgrace-gpu-vfio-pci" } },
	};
	fake->framebuffer.is_there = snapshot->framebuffer_device;
	fake->framebuffer.is_bound = snapshot->framebuffer_driver;
	fake->framebuffer.is_console_on = snapshot->framebuffer_console;
	assert_true(snapshot->n_functions <= FAKE_DEVICES);
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];
		struct fake_device *device = &fake->devices[i];

		device->address = function->address;
		device->host_driver = host_driver_of(function);
		device->holds_region =
			function->has_firmware_framebuffer &&
			snapshot->framebuffer_device &&
			streq(snapshot->framebuffer_device, "simple-framebuffer.0");
		if (function->driver)
			strcpy(device->driver, function->driver);
		strcpy(device->d3cold, "1");
		strcpy(device->reset_method, "flr bus");
		device->resizable_bars = function->features.resizable_bars;
		memcpy(device->bar_sizes, function->features.bar_sizes,
		       sizeof(device->bar_sizes));
	}
}

struct fake_device *fake_find(struct fake *fake, const struct bdf *address)
{
	for (size_t i = 0; i < fake->n_devices; i++)
		if (!bdf_compare(&fake->devices[i].address, address))
			return &fake->devices[i];
	return NULL;
}

static struct fake_device *find_named(struct fake *fake, const char *name)
{
	struct bdf address;

	return bdf_parse(name, &address) ? fake_find(fake, &address) : NULL;
}

/* Records the call; true when this call must fail. */
static bool note(struct fake *fake, enum fake_op op, struct fake_device *device,
		 const char *name, const char *text)
{
	struct fake_call *call = &fake->calls[fake->n_calls];

	assert_true(fake->n_calls < FAKE_CALLS);
	call->op = op;
	call->device = device;
	snprintf(call->text, sizeof(call->text), "%s %s", name, text);
	return ++fake->n_calls == fake->fail_at;
}

/* An override is exclusive: no other driver matches then, loaded or not. */
static void attach(struct fake *fake, struct fake_device *device)
{
	if (*device->driver)
		return;
	if (!*device->override) {
		strcpy(device->driver, device->host_driver);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fake->modules); i++) {
		const struct fake_module *module = &fake->modules[i];

		if (module->is_loaded && module->driver && !device->refuses_vfio &&
		    streq(module->driver, device->override))
			strcpy(device->driver, module->driver);
	}
}

static void do_write(struct fake *fake, struct fake_device *device, bool is_probe,
		     const char *text)
{
	/* The driver's remove hangs and holds the device's lock, so the writer hangs too. */
	assert_false(device->was_unbound_in_vain);
	device->writes++;
	if (is_probe) {
		attach(fake, device);
		for (size_t i = 0; i < fake->n_devices; i++)
			if (fake->devices[i].is_lost_later && &fake->devices[i] != device)
				*fake->devices[i].driver = '\0';
	} else {
		snprintf(device->override, sizeof(device->override), "%s",
			 streq(text, "\n") ? "" : text);
	}
}

static int override_framebuffer(struct fake *fake, const char *path, const char *text)
{
	bool fails = note(fake, FAKE_WRITE, NULL, path, text);

	assert_true(has_suffix(path, "/driver_override"));
	if (fake->framebuffer.is_gone)
		return -ENOENT;
	if (!fails || fake->fails_late)
		snprintf(fake->framebuffer.override, sizeof(fake->framebuffer.override),
			 "%s", streq(text, "\n") ? "" : text);
	return fails ? fake->fail_with : 0;
}

static int fake_write(void *data, const char *path, const char *text)
{
	static const char folder[] = "/sys/bus/pci/devices/";
	bool is_probe = streq(path, "/sys/bus/pci/drivers_probe");
	struct fake *fake = data;
	struct fake_device *device;
	char name[64] = "";
	bool fails;

	if (has_prefix(path, "/sys/bus/platform/devices/"))
		return override_framebuffer(fake, path, text);
	if (is_probe) {
		device = find_named(fake, text);
	} else {
		assert_true(has_prefix(path, folder));
		snprintf(name, sizeof(name), "%.*s",
			 (int)strcspn(path + strlen(folder), "/"), path + strlen(folder));
		assert_string_equal(path + strlen(folder) + strlen(name),
				    "/driver_override");
		assert_true(streq(text, "\n") || !strchr(text, '\n'));
		device = find_named(fake, name);
	}
	assert_non_null(device);
	fails = note(fake, FAKE_WRITE, device, path, text);
	if (!fails || fake->fails_late)
		do_write(fake, device, is_probe, text);
	return fails ? fake->fail_with : 0;
}

static int fake_load(void *data, const char *name)
{
	struct fake *fake = data;
	bool fails = note(fake, FAKE_LOAD, NULL, "load", name);

	for (size_t i = 0; i < ARRAY_SIZE(fake->modules); i++) {
		struct fake_module *module = &fake->modules[i];

		if (!module->name || !streq(module->name, name))
			continue;
		if (module->error)
			return module->error;
		if (fails && !fake->fails_late)
			return fake->fail_with;
		module->is_loaded = true;
		/* Registering a driver probes every device. */
		for (size_t k = 0; k < fake->n_devices; k++)
			if (*fake->devices[k].override)
				attach(fake, &fake->devices[k]);
		return fails ? fake->fail_with : 0;
	}
	return -ENOENT;
}

static int fake_read_driver(void *data, const struct bdf *address, char **ret_driver)
{
	struct fake *fake = data;
	struct fake_device *device = fake_find(fake, address);

	assert_non_null(device);
	if (note(fake, FAKE_READ, device, "read", ""))
		return fake->fail_with;
	*ret_driver = *device->driver ? strdup(device->driver) : NULL;
	return 0;
}

static int fake_find_driver(void *data, const char *name, char **ret_driver)
{
	struct fake *fake = data;

	if (note(fake, FAKE_FIND, NULL, "find", name))
		return fake->fail_with;
	for (size_t i = 0; i < ARRAY_SIZE(fake->modules); i++) {
		const struct fake_module *module = &fake->modules[i];

		/* vfio-pci's name is known without a look; the driver may be built in. */
		if (module->driver && streq(module->name, name) &&
		    (module->is_loaded || streq(name, "vfio_pci"))) {
			*ret_driver = strdup(module->driver);
			return 0;
		}
	}
	return -ENOENT;
}

static int fake_unbind(void *data, const struct bdf *address)
{
	struct fake *fake = data;
	struct fake_device *device = fake_find(fake, address);
	bool fails;

	assert_non_null(device);
	fails = note(fake, FAKE_UNBIND, device, "unbind", "");
	assert_false(device->was_unbound_in_vain);
	device->writes++;
	if (device->is_stuck || (fails && fake->fail_with == -ETIMEDOUT)) {
		device->was_unbound_in_vain = true;
		return -ETIMEDOUT;
	}
	if (!fails || fake->fails_late)
		*device->driver = '\0';
	return fails ? fake->fail_with : 0;
}

void fake_boot_on(struct fake *fake)
{
	struct fake_framebuffer *framebuffer = &fake->framebuffer;

	if (framebuffer->is_there && !framebuffer->is_gone && !*framebuffer->override &&
	    !framebuffer->is_bound)
		framebuffer->is_bound = framebuffer->is_console_on = true;
	for (size_t i = 0; i < fake->n_devices; i++)
		if (!fake->devices[i].was_unbound_in_vain)
			attach(fake, &fake->devices[i]);
}

/*
 * Unbinds the framebuffer's console, then its driver, which makes a console when it binds.
 */
static int do_bounded(struct fake_framebuffer *framebuffer, const char *path,
		      const char *text)
{
	static const char drivers[] = "/sys/bus/platform/drivers/";
	bool is_bind = has_suffix(path, "/bind");

	if (streq(path, "/sys/class/vtconsole/vtcon1/bind")) {
		framebuffer->is_console_on = streq(text, "1");
		return 0;
	}
	assert_true(has_prefix(path, drivers) && (is_bind || has_suffix(path, "/unbind")));
	if (framebuffer->is_gone)
		return -ENODEV;
	if (framebuffer->is_bound == is_bind)
		return is_bind ? -EBUSY : -ENODEV;
	if (is_bind && *framebuffer->override)
		return -ENODEV;
	/* The console would keep drawing. */
	assert_true(is_bind || !framebuffer->is_console_on);
	framebuffer->is_bound = framebuffer->is_console_on = is_bind;
	return 0;
}

/* The device of /sys/bus/pci/devices/ADDRESS/FILE, or NULL. */
static struct fake_device *device_of_path(struct fake *fake, const char *path,
					  const char **ret_file)
{
	static const char folder[] = "/sys/bus/pci/devices/";
	char name[PCI_ADDRESS_SIZE] = "";

	if (!has_prefix(path, folder))
		return NULL;
	path += strlen(folder);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(path, "/"), path);
	*ret_file = strchr(path, '/') + 1;
	return find_named(fake, name);
}

/* drivers/pci/pci-sysfs.c: __resource_resize_store() */
static int resize(struct fake_device *device, unsigned bar, const char *text)
{
	uint64_t size = UINT64_C(1) << (20 + strtoul(text, NULL, 10));

	if (!(device->resizable_bars >> bar & 1))
		return -ENOENT;
	if (*device->driver)
		return -EBUSY;
	if (device->resize_error && size > device->bar_sizes[bar])
		return device->resize_error;
	if (!device->loses_resize)
		device->bar_sizes[bar] = size;
	return 0;
}

static int write_setting(struct fake_device *device, const char *file, const char *text)
{
	unsigned bar;

	assert_true(*device->override); /* no driver of the host can bind */
	if (sscanf(file, "resource%u_resize", &bar) == 1)
		return resize(device, bar, text);
	if (streq(file, "d3cold_allowed")) {
		strcpy(device->d3cold, text);
		return 0;
	}
	assert_string_equal(file, "reset_method");
	if (!*device->reset_method)
		return -ENOENT;
	if (strstr(text, "acpi"))
		return -EINVAL;
	strcpy(device->reset_method, streq(text, "default") ? "flr bus" : text);
	return 0;
}

static int fake_write_bounded(void *data, const char *path, const char *text)
{
	struct fake *fake = data;
	const char *file = NULL;
	struct fake_device *device = device_of_path(fake, path, &file);
	bool fails = note(fake, FAKE_BOUNDED, device, path, text);
	int r;

	if (device && fails && fake->fail_with == -ETIMEDOUT) {
		assert_false(device->was_unbound_in_vain);
		device->was_unbound_in_vain = true;
		return -ETIMEDOUT;
	}
	if (device) {
		assert_false(device->was_unbound_in_vain);
		device->writes++;
		r = fails && !fake->fails_late ? 0 : write_setting(device, file, text);
		return fails ? fake->fail_with : r;
	}

	if (fails && !fake->fails_late)
		return fake->fail_with;
	r = do_bounded(&fake->framebuffer, path, text);
	return fails ? fake->fail_with : r;
}

static int fake_rescan(void *data, const struct bdf *address, const struct bdf *bridge)
{
	struct fake *fake = data;
	struct fake_device *device = fake_find(fake, address);
	bool fails = note(fake, FAKE_RESCAN, device, "rescan", "");

	(void)bridge;
	assert_non_null(device);
	/* drivers/pci/remove.c does not check for a console that draws there. */
	assert_false(fake->framebuffer.is_bound);
	device->writes++;
	if (fails && fake->fail_with == -ETIMEDOUT)
		device->was_unbound_in_vain = true;
	if (fails && !fake->fails_late)
		return fake->fail_with;
	fake->framebuffer.is_gone = true;
	device->holds_region = false;
	*device->driver = '\0';
	strcpy(device->override, HOLD_DRIVER);
	return fails ? fake->fail_with : 0;
}

static int fake_find_in_bars(void *data, const struct bdf *address,
			     char ret_name[static IOMEM_NAME_SIZE])
{
	struct fake *fake = data;
	struct fake_device *device = fake_find(fake, address);

	assert_non_null(device);
	if (note(fake, FAKE_LOOK, device, "look", ""))
		return fake->fail_with;
	strcpy(ret_name, "BOOTFB");
	return device->holds_region;
}

static int fake_read_file(void *data, const char *path, char *buffer, size_t size)
{
	struct fake *fake = data;
	const char *file = "";
	struct fake_device *device = device_of_path(fake, path, &file);

	assert_non_null(device);
	if (note(fake, FAKE_READ_FILE, device, path, ""))
		return fake->fail_with;
	snprintf(buffer, size, "%s",
		 streq(file, "d3cold_allowed") ? device->d3cold : device->reset_method);
	return 0;
}

static int fake_read_bar(void *data, const struct bdf *address, unsigned bar,
			 uint64_t *ret_size)
{
	struct fake *fake = data;
	struct fake_device *device = fake_find(fake, address);

	assert_non_null(device);
	if (note(fake, FAKE_READ_FILE, device, "bar", ""))
		return fake->fail_with;
	*ret_size = device->bar_sizes[bar];
	return 0;
}

struct execute_ops fake_ops(struct fake *fake)
{
	return (struct execute_ops){
		.write = fake_write,
		.load = fake_load,
		.read_driver = fake_read_driver,
		.find_driver = fake_find_driver,
		.unbind = fake_unbind,
		.write_bounded = fake_write_bounded,
		.rescan = fake_rescan,
		.find_in_bars = fake_find_in_bars,
		.read = fake_read_file,
		.read_bar = fake_read_bar,
		.data = fake,
	};
}
