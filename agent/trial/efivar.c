// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads, writes and removes our variables in the firmware's store. Never looks at their content.
 * Each call ends in the firmware, which may take long or never return.
 */
#include "trial/efivar.h"

#include <linux/magic.h>
#include <stdio.h>

/* Documentation/filesystems/efivarfs.rst: each file begins with the variable's attributes. */
#define ATTRIBUTES_SIZE 4
#define ATTRIBUTES 7 /* non-volatile, for boot and run time */
#define VALUE_SIZE_MAX 1024
#define NAME_SIZE 80

static const char *file_of(const char *name, char buffer[static NAME_SIZE])
{
	snprintf(buffer, NAME_SIZE, "/%s-" EFIVAR_GUID, name);
	return buffer;
}

bool efivar_is_efi(const struct root *root)
{
	return root_exists(root, EFIVAR_FOLDER);
}

int efivar_open(const struct root *root, struct root *ret_store)
{
	struct root store = { .fd = -1 };
	int r;

	r = root_open_folder(root, EFIVAR_FOLDER, &store);
	if (r < 0)
		return r == -ENOENT ? -EOPNOTSUPP : r;
	if (!root->is_live || root_filesystem(&store) == EFIVARFS_MAGIC) {
		*ret_store = store;
		return 0;
	}
	root_done(&store);
	return -ENODEV;
}

int efivar_open_or_mount(const struct root *root, struct root *ret_store)
{
	int r = efivar_open(root, ret_store);

	if (r != -ENODEV)
		return r;
	r = root_mount(root, "efivarfs", ret_store);
	return r == -ENODEV ? -EOPNOTSUPP : r;
}

bool efivar_can_be_changed(const struct root *root)
{
	struct root store;
	bool is_read_only;
	int r;

	if (!root->is_live)
		return true;
	r = efivar_open(root, &store);
	if (r < 0)
		return r == -EOPNOTSUPP;
	is_read_only = root_is_read_only(&store);
	root_done(&store);
	return !is_read_only;
}

ssize_t efivar_read(const struct root *store, const char *name, void *buffer, size_t size)
{
	char file[NAME_SIZE], whole[ATTRIBUTES_SIZE + VALUE_SIZE_MAX + 1];
	ssize_t n;

	n = root_read(store, file_of(name, file), whole, sizeof(whole));
	if (n < 0)
		return n;
	if (n < ATTRIBUTES_SIZE)
		return -EIO;
	n -= ATTRIBUTES_SIZE;
	if ((size_t)n > size)
		return -EFBIG;
	memcpy(buffer, whole + ATTRIBUTES_SIZE, n);
	return n;
}

/* A file of efivarfs is immutable unless the kernel knows its variable to be harmless. */
static int prepare(const struct root *store, const char *path)
{
	int r = root_make_mutable(store, path);

	return r == -ENOENT ? 0 : r;
}

int efivar_write(const struct root *store, const char *name, const void *data, size_t size)
{
	char file[NAME_SIZE];
	uint8_t whole[ATTRIBUTES_SIZE + VALUE_SIZE_MAX] = { ATTRIBUTES };
	uint8_t back[VALUE_SIZE_MAX];
	ssize_t n;
	int r;

	if (size > VALUE_SIZE_MAX)
		return -EFBIG;
	memcpy(whole + ATTRIBUTES_SIZE, data, size);
	r = prepare(store, file_of(name, file));
	if (r == 0)
		r = root_write_bytes(store, file, whole, ATTRIBUTES_SIZE + size);
	if (r < 0)
		return r;
	n = efivar_read(store, name, back, sizeof(back));
	if (n < 0)
		return n;
	return (size_t)n == size && !memcmp(back, data, size) ? 0 : -EIO;
}

int efivar_remove(const struct root *store, const char *name)
{
	static const uint8_t nothing[ATTRIBUTES_SIZE] = { ATTRIBUTES };
	char file[NAME_SIZE];
	int r;

	if (!root_exists(store, file_of(name, file)))
		return 0;
	r = prepare(store, file);
	/* Without data the firmware deletes the variable. */
	return r < 0 ? r : root_write_bytes(store, file, nothing, sizeof(nothing));
}
