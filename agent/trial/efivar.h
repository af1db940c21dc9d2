/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/* Of our variables. No other variable is read. */
#define EFIVAR_GUID "b640066e-b943-4d61-9ddf-cda8c51bfca7"
#define EFIVAR_FOLDER "/sys/firmware/efi/efivars"

/* Did this system start by EFI, and does its kernel have a folder for the variables? */
bool efivar_is_efi(const struct root *root);

/*
 * Opens the mounted store of variables. -EOPNOTSUPP: this firmware or kernel has none; -ENODEV: the
 * store is not mounted. The caller ends with root_done().
 */
int MUST_CHECK efivar_open(const struct root *root, struct root *ret_store);
/*
 * Opens the mounted store, or mounts an invisible instance that root_done() ends. The file system's
 * module must be loaded.
 */
int MUST_CHECK efivar_open_or_mount(const struct root *root, struct root *ret_store);

/* May a variable be written here now? True if that is not known, as in a chroot without /sys. */
bool efivar_can_be_changed(const struct root *root);

/* Reads the value without its attributes. The length, or -errno: -ENOENT, -EFBIG... */
ssize_t MUST_CHECK efivar_read(const struct root *store, const char *name, void *buffer,
			       size_t size);
/* Creates or replaces a variable that survives the boot, and reads it back: -EIO if it differs. */
int MUST_CHECK efivar_write(const struct root *store, const char *name, const void *data,
			    size_t size);
/* Removes the variable; 0 also if there is none. */
int MUST_CHECK efivar_remove(const struct root *store, const char *name);
