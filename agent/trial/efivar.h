/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/* Our own; no other variable is looked at. */
#define EFIVAR_GUID "b640066e-b943-4d61-9ddf-cda8c51bfca7"
#define EFIVAR_FOLDER "/sys/firmware/efi/efivars"

/* Did this system start by EFI, and does its kernel keep the variables' place? */
bool efivar_is_efi(const struct root *root);

/*
 * The store of variables that is mounted. -EOPNOTSUPP: this firmware or kernel has none for us;
 * -ENODEV: it is not mounted. To be done with root_done().
 */
int MUST_CHECK efivar_open(const struct root *root, struct root *ret_store);
/*
 * Or else an instance of our own that nobody sees and that ends with it; the file system's module
 * must be there.
 */
int MUST_CHECK efivar_open_or_mount(const struct root *root, struct root *ret_store);

/* Could a variable be written here now? Also where nobody can tell, as in a chroot without /sys. */
bool efivar_can_be_changed(const struct root *root);

/* The value without its attributes; -ENOENT, -EFBIG. The length, or negative errno. */
ssize_t MUST_CHECK efivar_read(const struct root *store, const char *name, void *buffer,
			       size_t size);
/* Makes or replaces a variable that survives the boot, and reads it back: -EIO when it differs. */
int MUST_CHECK efivar_write(const struct root *store, const char *name, const void *data,
			    size_t size);
/* Takes it away; 0 also when it is not there. */
int MUST_CHECK efivar_remove(const struct root *store, const char *name);
