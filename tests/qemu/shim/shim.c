// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs as process 1 before the image's own /init: loads the test's kernel modules, so that
 * their effects look like hardware to all later programs, and then becomes /init.
 *
 * Leaves no mount and no process behind. A failure is printed on the console and the boot goes
 * on: the test then sees what is missing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Each line: path of a module, a space, its parameters. */
#define LIST "/lab/modules"

static void complain(const char *what, const char *name)
{
	dprintf(STDERR_FILENO, "lab shim: %s '%s': %s\n", what, name, strerror(errno));
}

static void load(char *line)
{
	char *parameters = strchr(line, ' ');
	int fd;

	if (parameters)
		*parameters++ = '\0';
	fd = open(line, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		complain("open", line);
		return;
	}
	if (syscall(SYS_finit_module, fd, parameters ? parameters : "", 0) != 0)
		complain("load", line);
	close(fd);
}

int main(int argc, char **argv)
{
	char line[4096];
	FILE *list;

	(void)argc;
	mkdir("/sys", 0755);
	if (mount("sysfs", "/sys", "sysfs", 0, NULL) != 0)
		complain("mount", "/sys");

	list = fopen(LIST, "re");
	if (!list)
		complain("open", LIST);
	while (list && fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = '\0';
		load(line);
	}
	if (list)
		fclose(list);

	if (umount("/sys") != 0)
		complain("unmount", "/sys");

	argv[0] = "/init";
	execv(argv[0], argv);
	complain("execute", argv[0]);
	return 1;
}
