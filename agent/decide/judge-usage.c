// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Warns of what the host has on the USB ports of a card that a VM will own, by name. Refuses
 * nothing. Pure, like judge.c.
 */
#include "decide/judge-parts.h"

void note_usb_in_use(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->target->n_functions; i++) {
		const struct function *function = target_function(judgement, i);
		char subject[PCI_ADDRESS_SIZE];

		if (CLASS_SUB(function->class) != SUB_USB || !function->in_use)
			continue;
		findings_add(judgement->findings, FINDING_USB_IN_USE,
			     bdf_format(&function->address, subject),
			     "plug them into other ports of the board: the VM gets this "
			     "controller with all that hangs on it",
			     "on the USB ports of this function the host %s: %s",
			     function->is_use_recorded ? "had, when the image was built" :
							 "has",
			     function->in_use);
	}
}
