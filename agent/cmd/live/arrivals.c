// SPDX-License-Identifier: GPL-2.0-or-later
/* Tells a device that has arrived from one that was told about. */
#include "cmd/live/arrivals.h"

#include "base/clock.h"
#include "facts/pci.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#define NOTE_SIZE 32
#define QUIET_MS 300
#define SETTLE_MOST_MS 5000
#define SLOT_FUNCTIONS 8

/* sysfs gives every folder a number of its own, for as long as it exists. */
static int read_instance(const struct root *root, const struct bdf *address,
			 char text[static NOTE_SIZE])
{
	char file[PCI_FILE_SIZE];
	struct stat status;
	int r = root_stat(root, pci_file(address, "config", file), &status);

	if (r == 0)
		snprintf(text, NOTE_SIZE, "%" PRIuMAX, (uintmax_t)status.st_ino);
	return r;
}

int arrivals_note(const struct root *root, const struct bdf *address)
{
	char text[NOTE_SIZE], name[PCI_ADDRESS_SIZE];
	int r = read_instance(root, address, text);

	return r < 0 ? r :
		       root_replace(root, ARRIVALS_FOLDER, bdf_format(address, name),
				    text, strlen(text));
}

bool arrivals_is_new(const struct root *root, const struct bdf *address)
{
	char now[NOTE_SIZE], noted[NOTE_SIZE], name[PCI_ADDRESS_SIZE], path[96];

	if (read_instance(root, address, now) < 0)
		return false;
	snprintf(path, sizeof(path), ARRIVALS_FOLDER "/%s", bdf_format(address, name));
	return root_read_line(root, path, noted, sizeof(noted)) < 0 || !streq(now, noted);
}

struct slot {
	char instances[SLOT_FUNCTIONS][NOTE_SIZE];
	char drivers[SLOT_FUNCTIONS][NOTE_SIZE];
};

static void read_slot(const struct root *root, const struct bdf *address,
		      struct slot *ret_slot)
{
	*ret_slot = (struct slot){};
	for (uint8_t i = 0; i < SLOT_FUNCTIONS; i++) {
		struct bdf function = *address;
		_cleanup_free_ char *driver = NULL;

		function.function = i;
		if (read_instance(root, &function, ret_slot->instances[i]) == 0 &&
		    pci_read_driver(root, &function, &driver) == 0 && driver)
			snprintf(ret_slot->drivers[i], NOTE_SIZE, "%.30s", driver);
	}
}

void arrivals_settle(const struct root *root, const struct bdf *address)
{
	const struct timespec moment = { .tv_nsec = 50 * 1000 * 1000 };
	int64_t begun = clock_ms(), quiet_since = begun;
	struct slot before, now;

	read_slot(root, address, &before);
	while (clock_ms() - quiet_since < QUIET_MS && clock_ms() - begun < SETTLE_MOST_MS) {
		nanosleep(&moment, NULL);
		read_slot(root, address, &now);
		if (memcmp(&now, &before, sizeof(now)) != 0)
			quiet_since = clock_ms();
		before = now;
	}
}
