// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Binds drivers to functions. An override names the only driver that may bind; without one the
 * host's own driver binds if it is built in. drivers/base/dd.c, pci-driver.c.
 */
#include "kernel.h"

#include "layer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define DEVICES "/sys/bus/pci/devices/"
#define DRIVERS_PROBE "/sys/bus/pci/drivers_probe"
#define MODULES "/proc/modules"

static const char *place(const char *path, char buffer[static 600])
{
	snprintf(buffer, 600, "%s%s", layer->folder, path);
	return buffer;
}

static const char *file_of(const char *address, const char *file, char buffer[static 600])
{
	snprintf(buffer, 600, "%s" DEVICES "%s/%s", layer->folder, address, file);
	return buffer;
}

bool kernel_is_attribute(const char *path)
{
	return has_prefix(path, DEVICES) || streq(path, DRIVERS_PROBE);
}

void kernel_driver(const char *address, char driver[static 64])
{
	char path[600], target[256];
	ssize_t n = readlink(file_of(address, "driver", path), target, sizeof(target) - 1);
	const char *name;

	*driver = '\0';
	if (n < 0)
		return;
	target[n] = '\0';
	name = strrchr(target, '/');
	snprintf(driver, 64, "%.60s", name ? name + 1 : target);
}

void kernel_override(const char *address, char override[static 64])
{
	char path[600];
	int fd = open(file_of(address, "driver_override", path), O_RDONLY);
	ssize_t n = read(fd, override, 63);

	close(fd);
	override[n > 0 ? n : 0] = '\0';
	override[strcspn(override, "\n")] = '\0';
	if (streq(override, "(null)"))
		*override = '\0';
}

static void set_override(const char *address, const char *text)
{
	char path[600], line[80];
	int fd = open(file_of(address, "driver_override", path), O_WRONLY | O_TRUNC);
	int n = snprintf(line, sizeof(line), "%s\n", *text ? text : "(null)");

	if (fd < 0 || write(fd, line, n) != n)
		abort();
	close(fd);
}

static void set_driver(const char *address, const char *driver)
{
	char path[600], target[128];

	unlink(file_of(address, "driver", path));
	if (!driver)
		return;
	snprintf(target, sizeof(target), "../../../../bus/pci/drivers/%s", driver);
	if (symlink(target, path) < 0)
		abort();
}

static bool is_vfio_loaded(void)
{
	char path[600];

	return access(place(MODULES, path), F_OK) == 0;
}

static void attach(const char *address)
{
	char driver[64], override[64];

	kernel_driver(address, driver);
	kernel_override(address, override);
	if (*driver || !streq(override, "vfio-pci") || !is_vfio_loaded() ||
	    is_string_equal(address, layer->refuses_vfio))
		return;
	set_driver(address, "vfio-pci");
}

ssize_t kernel_write(const char *path, const char *text, size_t size)
{
	char value[64], address[32];
	const char *file;

	snprintf(value, sizeof(value), "%.*s", (int)size, text);
	if (streq(path, DRIVERS_PROBE)) {
		snprintf(address, sizeof(address), "%.31s", value);
		file = "probe";
	} else {
		snprintf(address, sizeof(address), "%.*s",
			 (int)strcspn(path + strlen(DEVICES), "/"), path + strlen(DEVICES));
		file = path + strlen(DEVICES) + strlen(address) + 1;
	}
	if (!has_prefix(address, layer->wanted)) {
		/* Half an address is invalid, as in the kernel. */
		layer->foreign_writes += strlen(address) == strlen("0000:00:00.0");
		errno = ENODEV;
		return -1;
	}
	if (strlen(address) != strlen("0000:00:00.0")) {
		errno = ENODEV;
		return -1;
	}
	value[strcspn(value, "\n")] = '\0';
	if (streq(file, "probe"))
		attach(address);
	else if (streq(file, "driver_override"))
		set_override(address, value);
	else if (streq(file, "driver/unbind"))
		set_driver(address, NULL);
	return size;
}

static const char *const functions[] = {
	"0000:02:00.0",
	"0000:02:00.1",
	"0000:02:00.2",
};

void kernel_load(const char *path)
{
	static const char line[] = "vfio_pci 16384 0 - Live 0x0000000000000000\n";
	char file[600];
	int fd;

	if (!strstr(path, "vfio-pci.ko"))
		return;
	fd = open(place(MODULES, file), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
	if (fd < 0 || write(fd, line, strlen(line)) < 0 || close(fd) < 0)
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		attach(functions[i]);
}

void kernel_reset_function(const char *address, const char *driver)
{
	set_override(address, "");
	set_driver(address, driver);
}

void kernel_reset(void)
{
	char path[600];

	unlink(place(MODULES, path));
	unlink(place("/run/vfio-claim/report.json", path));
	unlink(place("/run/vfio-claim/report.txt", path));
	unlink(place("/run/vfio-claim/.report.json.new", path));
	unlink(place("/run/vfio-claim/.report.txt.new", path));
	unlink(place("/run/vfio-claim/lock", path));
	rmdir(place("/run/vfio-claim", path));
	if (truncate(place("/dev/kmsg", path), 0) < 0)
		abort();
}
