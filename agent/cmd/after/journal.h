/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

#include <sys/uio.h>

struct report;

/* What an entry is about; systemd/vfio-claim.catalog explains each to people. */
#define MESSAGE_ID_CLAIMED "4b66d503631a4a838f4db18cb9ddbc32"
#define MESSAGE_ID_NOT_AS_CONFIGURED "c0598a8675f74a7583be03cdcc5cc6f4"
#define MESSAGE_ID_DID_NOT_RUN "a9cfcdfd781a4fbb94d05be27e166f8a"

/* Does standard output go to the journal, as a unit's does? Then entries say more than lines. */
bool journal_is_stdout(void);

/*
 * This boot's verified report as entries: its text line by line, each card, what is wrong, and
 * the verdict, with fields VFIO_CLAIM_... `filed` is where it is kept now, or NULL.
 * 0 or negative errno.
 */
int MUST_CHECK journal_tell(const struct report *report, const char *filed);

/* The same to whoever takes entries; sd_journal_sendv(3) does. */
typedef int journal_send(const struct iovec *fields, int n);
int MUST_CHECK journal_tell_to(journal_send *send, const struct report *report,
			       const char *filed);
