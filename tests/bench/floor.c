// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * floor ADDRESS... -- MODULE...: the least that a claim can cost. Writes the overrides, loads
 * the modules (paths, in the order of their dependencies) and probes. Looks at nothing and
 * checks nothing but its own system calls.
 */
#include <errno.h>
#include <fcntl.h>
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

int main(int argc, char **argv)
{
	int separator = 1;
	char path[128];

	while (separator < argc && strcmp(argv[separator], "--") != 0)
		separator++;
	for (int i = 1; i < separator; i++) {
		snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override",
			 argv[i]);
		write_text(path, "vfio-pci");
	}
	for (int i = separator + 1; i < argc; i++)
		load(argv[i]);
	for (int i = 1; i < separator; i++)
		write_text("/sys/bus/pci/drivers_probe", argv[i]);
	return failures != 0;
}
