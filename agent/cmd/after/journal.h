/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

#include <sys/uio.h>

struct report;

/* Kinds of entries; systemd/vfio-claim.catalog explains each. */
#define MESSAGE_ID_CLAIMED "4b66d503631a4a838f4db18cb9ddbc32"
#define MESSAGE_ID_NOT_AS_CONFIGURED "c0598a8675f74a7583be03cdcc5cc6f4"
#define MESSAGE_ID_DID_NOT_RUN "a9cfcdfd781a4fbb94d05be27e166f8a"
#define MESSAGE_ID_IMAGES "7f897ef67b4a484e93221f931abf9bfd"

/* Does standard output go to the journal, as a unit's does? */
bool journal_is_stdout(void);

/*
 * Sends this boot's verified report as entries with fields VFIO_CLAIM_...: the lines of its text, each
 * card, each finding, and the verdict. `filed` is the path of the filed report, or NULL.
 * 0 or negative errno.
 */
int MUST_CHECK journal_tell(const struct report *report, const char *filed);

/*
 * Sends what was added later about the boot images: each finding, and how many images are right. The
 * verdict comes again only if they have changed it.
 */
int MUST_CHECK journal_tell_images(const struct report *report, bool is_changed,
				   const char *filed);

struct event;

/* Sends one event, and an entry for each of its findings. 0 or negative errno. */
int MUST_CHECK journal_tell_event(const struct event *event);

/* The same with another function in place of sd_journal_sendv(3). */
typedef int journal_send(const struct iovec *fields, int n);
int MUST_CHECK journal_tell_to(journal_send *send, const struct report *report,
			       const char *filed);
int MUST_CHECK journal_tell_images_to(journal_send *send, const struct report *report,
				      bool is_changed, const char *filed);
int MUST_CHECK journal_tell_event_to(journal_send *send, const struct event *event);
