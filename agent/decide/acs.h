/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* The reason why the kernel puts two functions into one group. */
enum acs_reason {
	ACS_REASON_NONE, /* none in config space: an alias quirk, or not readable */
	ACS_REASON_MULTIFUNCTION, /* same slot, and `culprit` lacks ACS */
	ACS_REASON_PORT,	  /* a port above lacks ACS: `culprit` */
	ACS_REASON_CONVENTIONAL, /* behind a conventional PCI bridge, `culprit`: one requester id */
	ACS_REASON_UNREADABLE, /* config space of `culprit` could not be read far enough */
};

struct acs_explanation {
	enum acs_reason reason;
	size_t culprit;	  /* index into snapshot.functions; SIZE_MAX: none */
	uint16_t missing; /* ACS bits that are missing, of SV RR CR UF; 0: no capability */
	bool may_be_quirk; /* the kernel has a quirk for this device, which may decide otherwise */
	const char *quirk; /* its name in words, or NULL */
};

/*
 * Explains by the kernel's rule (pci_device_group()) why `other` shares the group of `function`.
 * Needs caps and parent of both, and of all bridges above them. The sysfs group stays
 * authoritative.
 */
struct acs_explanation acs_explain(const struct snapshot *snapshot, size_t function,
				   size_t other);

/*
 * Would the kernel's rule put `other` into the group of `function`? FACT_UNREADABLE: config space
 * does not tell. ACS_OVERRIDE uses this to find groups that are split against the ports' ACS.
 */
enum fact acs_predict_shared(const struct snapshot *snapshot, size_t function,
			     size_t other);
