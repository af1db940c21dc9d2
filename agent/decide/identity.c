// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parses and formats the words that name a function, and compares them with one function. Pure.
 * Never searches: select.c does.
 */
#include "decide/identity.h"

#include "model/finding.h"

#include <stdio.h>

const char *identity_add_word(struct identity *identity, const char *word)
{
	if (has_prefix(word, "id=")) {
		if (identity->has_id)
			return WRONG_ID_TWICE;
		if (!pci_id_parse(word + 3, &identity->id))
			return WRONG_ID;
		identity->has_id = true;
	} else if (has_prefix(word, "subsystem=")) {
		if (identity->has_subsystem)
			return WRONG_SUBSYSTEM_TWICE;
		if (!pci_id_parse(word + 10, &identity->subsystem))
			return WRONG_SUBSYSTEM;
		identity->has_subsystem = true;
	} else if (has_prefix(word, "path=")) {
		if (identity->has_path)
			return WRONG_PATH_TWICE;
		if (!pci_path_parse(word + 5, &identity->path))
			return WRONG_PATH;
		identity->has_path = true;
	} else if (has_prefix(word, "serial=")) {
		if (identity->has_serial)
			return WRONG_SERIAL_TWICE;
		if (!pci_serial_parse(word + 7, &identity->serial))
			return WRONG_SERIAL;
		identity->has_serial = true;
	} else if (strchr(word, '=')) {
		return WRONG_WORD;
	} else {
		if (identity->has_address)
			return WRONG_ADDRESS_TWICE;
		if (!bdf_parse(word, &identity->address))
			return WRONG_ADDRESS;
		identity->has_address = true;
	}
	return NULL;
}

const char *identity_parse(const char *text, size_t size, struct identity *ret_identity)
{
	struct identity identity = {};

	if (memchr(text, '\0', size))
		return WRONG_NUL;
	while (size) {
		char word[PCI_PATH_SIZE + 16];
		size_t length = 0;
		const char *wrong;

		while (length < size && !strchr(" \t,", text[length]))
			length++;
		if (length >= sizeof(word))
			return WRONG_WORD_LENGTH;
		memcpy(word, text, length);
		word[length] = '\0';
		wrong = length ? identity_add_word(&identity, word) : NULL;
		if (wrong)
			return wrong;
		length += length < size;
		text += length;
		size -= length;
	}
	if (identity.has_serial && !identity.has_id)
		return WRONG_SERIAL_ALONE;
	if (!identity.has_address && !identity.has_id && !identity.has_path)
		return identity.has_subsystem ? WRONG_SUBSYSTEM_ALONE : WRONG_EMPTY;
	*ret_identity = identity;
	return NULL;
}

bool identity_equal(const struct identity *a, const struct identity *b)
{
	return a->has_address == b->has_address && a->has_id == b->has_id &&
	       a->has_subsystem == b->has_subsystem && a->has_path == b->has_path &&
	       a->has_serial == b->has_serial &&
	       (!a->has_serial || a->serial == b->serial) &&
	       (!a->has_address || !bdf_compare(&a->address, &b->address)) &&
	       (!a->has_id || pci_id_equal(&a->id, &b->id)) &&
	       (!a->has_subsystem || pci_id_equal(&a->subsystem, &b->subsystem)) &&
	       (!a->has_path || pci_path_equal(&a->path, &b->path));
}

struct identity identity_of(const struct function *function)
{
	struct identity identity = {
		.has_address = true,
		.address = function->address,
		.has_id = function->identity_fact == FACT_KNOWN,
		.id = function->id,
		.has_subsystem = function->subsystem_fact == FACT_KNOWN,
		.subsystem = function->subsystem,
		.has_path = function->path.hops > 0,
		.path = function->path,
		.has_serial = function->caps.serial_fact == FACT_KNOWN &&
			      identity_is_serial(function->caps.serial),
		.serial = function->caps.serial,
	};

	return identity;
}

const char *identity_format(const struct identity *identity,
			    char buffer[static IDENTITY_SIZE])
{
	char text[PCI_PATH_SIZE];
	size_t used = 0;

	*buffer = '\0';
	if (identity->has_address)
		used += snprintf(buffer, IDENTITY_SIZE, "%s",
				 bdf_format(&identity->address, text));
	if (identity->has_id)
		used += snprintf(buffer + used, IDENTITY_SIZE - used, " id=%04x:%04x",
				 identity->id.vendor, identity->id.device);
	if (identity->has_subsystem)
		used += snprintf(buffer + used, IDENTITY_SIZE - used,
				 " subsystem=%04x:%04x", identity->subsystem.vendor,
				 identity->subsystem.device);
	if (identity->has_serial)
		used += snprintf(buffer + used, IDENTITY_SIZE - used, " serial=%s",
				 pci_serial_format(identity->serial, text));
	if (identity->has_path)
		snprintf(buffer + used, IDENTITY_SIZE - used, " path=%s",
			 pci_path_format(&identity->path, text));
	return buffer + (*buffer == ' ');
}

/* Against one function ------------------------------------------------------------------- */

bool identity_is_kind(const struct identity *identity, const struct function *function)
{
	return (!identity->has_id || (function->identity_fact == FACT_KNOWN &&
				      pci_id_equal(&identity->id, &function->id))) &&
	       (!identity->has_subsystem ||
		(function->subsystem_fact == FACT_KNOWN &&
		 pci_id_equal(&identity->subsystem, &function->subsystem)));
}

bool identity_may_be_kind(const struct identity *identity, const struct function *function)
{
	if (function->identity_fact == FACT_UNREADABLE)
		return true;
	return (!identity->has_id || pci_id_equal(&identity->id, &function->id)) &&
	       (!identity->has_subsystem || function->subsystem_fact == FACT_UNREADABLE ||
		(function->subsystem_fact == FACT_KNOWN &&
		 pci_id_equal(&identity->subsystem, &function->subsystem)));
}

/* A card without the capability has no serial number. */
bool identity_serial_may_agree(const struct identity *identity,
			       const struct function *function)
{
	if (!identity->has_serial || function->caps.serial_fact == FACT_UNREADABLE)
		return true;
	if (function->caps.serial_fact == FACT_KNOWN)
		return function->caps.serial == identity->serial;
	return !function->caps.size; /* config space was not read */
}

bool identity_is_place(const struct identity *identity, const struct function *function)
{
	if (identity->has_path)
		return pci_path_equal(&identity->path, &function->path);
	return identity->has_address &&
	       !bdf_compare(&identity->address, &function->address);
}

bool identity_is_as_written(const struct identity *identity, const struct function *function)
{
	return (!identity->has_address ||
		!bdf_compare(&identity->address, &function->address)) &&
	       (!identity->has_path || pci_path_equal(&identity->path, &function->path));
}

bool identity_concerns(const struct identity *identity, const struct function *function)
{
	return (identity->has_address &&
		!bdf_compare(&identity->address, &function->address)) ||
	       (identity->has_id && pci_id_equal(&identity->id, &function->id)) ||
	       (identity->has_path && pci_path_equal(&identity->path, &function->path));
}
