// SPDX-License-Identifier: GPL-2.0-or-later
/* Warns of the devices that the host uses on a card's own USB ports. Pure. Refuses nothing. */
#include "decide/judge-parts.h"

#include "model/finding.h"

void add_usb_findings(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->target->n_functions; i++) {
		const struct function *function = target_function(judgement, i);
		char subject[PCI_ADDRESS_SIZE];

		if (CLASS_SUB(function->class) != SUB_USB || !function->in_use)
			continue;
		findings_add(judgement->findings, bdf_format(&function->address, subject),
			     FINDING_USB_IN_USE, REMEDY_USB,
			     function->is_use_recorded ? TEXT_USB_WAS_IN_USE :
							 TEXT_USB_IN_USE,
			     function->in_use);
	}
}
