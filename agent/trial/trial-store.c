// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the trial record from its EFI variable, and writes it back. */
#include "trial/trial-store.h"

#include "trial/efivar.h"

int trial_read(const struct root *store, struct trial_record *ret_record)
{
	uint8_t buffer[TRIAL_RECORD_SIZE_MAX];
	ssize_t n;

	n = efivar_read(store, TRIAL_VARIABLE, buffer, sizeof(buffer));
	if (n < 0)
		return n == -EFBIG ? -EBADMSG : n;
	return trial_decode(buffer, n, ret_record) ? 0 : -EBADMSG;
}

int trial_load(const struct root *root, struct trial_record *ret_record)
{
	struct root store;
	int r;

	r = efivar_open(root, &store);
	if (r < 0)
		return r;
	r = trial_read(&store, ret_record);
	root_done(&store);
	return r;
}

int trial_write(const struct root *store, const struct trial_record *record)
{
	uint8_t buffer[TRIAL_RECORD_SIZE_MAX];
	size_t size = trial_encode(record, buffer);

	return efivar_write(store, TRIAL_VARIABLE, buffer, size);
}

int trial_forget(const struct root *store)
{
	return efivar_remove(store, TRIAL_VARIABLE);
}
