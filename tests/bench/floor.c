// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * floor [--variable NAME] ADDRESS... -- MODULE...: the least cost of a claim. Writes the
 * overrides, loads the modules (paths, in the order of their dependencies), reads the EFI
 * variable and probes. Checks only its own system calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failures;

static void complain(const char *what)
{
	failures++;
	dprintf(STDERR_FILENO, "floor: '%s': %s\n", what, strerror(errno));
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		complain(path);
	if (fd >= 0)
		close(fd);
}

static void load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST))
		complain(path);
	if (fd >= 0)
		close(fd);
}

/* Reads from the firmware's variables, mounted nowhere. */
static void read_variable(const char *name)
{
	char value[2048];
	int context = syscall(SYS_fsopen, "efivarfs", FSOPEN_CLOEXEC);
	int folder, fd;

	if (context < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		complain("efivarfs");
	folder = syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, value, sizeof(value)) <= 0)
		complain(name);
}

int main(int argc, char **argv)
{
	const char *variable = NULL;
	int separator = 1;
	char path[128];

	if (argc > 2 && strcmp(argv[1], "--variable") == 0) {
		variable = argv[2];
		argc -= 2;
		argv += 2;
	}
	while (separator < argc && strcmp(argv[separator], "--") != 0)
		separator++;
	for (int i = 1; i < separator; i++) {
		snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override",
			 argv[i]);
		write_text(path, "vfio-pci");
	}
	for (int i = separator + 1; i < argc; i++)
		load(argv[i]);
	if (variable)
		read_variable(variable);
	for (int i = 1; i < separator; i++)
		write_text("/sys/bus/pci/drivers_probe", argv[i]);
	return failures != 0;
}
