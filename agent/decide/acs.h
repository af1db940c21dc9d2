/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* Why does the kernel put two functions into one group? */
enum acs_reason {
	ACS_REASON_NONE, /* config space gives no reason: an alias quirk, or not readable */
	ACS_REASON_MULTIFUNCTION, /* same slot, and `culprit` lacks ACS */
	ACS_REASON_PORT,	  /* a port above lacks ACS: `culprit` */
	ACS_REASON_CONVENTIONAL, /* behind a conventional PCI bridge, `culprit`: one requester id */
	ACS_REASON_UNREADABLE, /* config space of `culprit` could not be read far enough */
};

struct acs_explanation {
	enum acs_reason reason;
	size_t culprit;	  /* index into snapshot.functions; SIZE_MAX: none */
	uint16_t missing; /* ACS bits that are missing, of SV RR CR UF; 0: no capability */
	bool may_be_quirk; /* the kernel has a quirk for this device: it may know better */
	const char *quirk; /* its name in words, or NULL */
};

/*
 * Why `other` shares the group of `function`, by the kernel's rule (pci_device_group()), as
 * config space shows it. Needs caps and parents of both and of all bridges above them
 * (struct function: caps, parent). The sysfs group stays authoritative.
 */
struct acs_explanation acs_explain(const struct snapshot *snapshot, size_t function,
				   size_t other);

/*
 * Would the kernel's rule put `other` into the group of `function`, going by config space?
 * FACT_UNREADABLE when that can't be told. For ACS_OVERRIDE: groups that are split although the
 * ports' ACS says they cannot be.
 */
enum fact acs_predict_shared(const struct snapshot *snapshot, size_t function,
			     size_t other);
