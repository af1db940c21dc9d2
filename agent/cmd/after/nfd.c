// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Formats the status as labels of a node, for the local source of Node Feature Discovery
 * (https://kubernetes-sigs.github.io/node-feature-discovery/stable/usage/customization-guide.html).
 * Never writes what is no label: the values are numbers and words, the names hold ids alone. Pure.
 */
#include "cmd/after/status.h"

#include "base/buffer.h"

#include <stdio.h>

#define DOMAIN "vfio-claim.io/"

static size_t count_claimed(const struct status *status, const char *id)
{
	size_t n = 0;

	for (size_t i = 0; i < status->n_cards; i++)
		n += status->cards[i].state == CARD_CLAIMED &&
		     (!id || streq(status->cards[i].id, id));
	return n;
}

/* Cards of one id are one label; an id is "10de:2206", and a label holds no colon. */
static void print_kind(FILE *stream, const struct status *status, size_t index)
{
	const char *id = status->cards[index].id;
	struct pci_id number;

	for (size_t i = 0; i < index; i++)
		if (streq(status->cards[i].id, id))
			return;
	if (pci_id_parse(id, &number) && count_claimed(status, id))
		fprintf(stream, DOMAIN "gpu-%04x-%04x.claimed=%zu\n", number.vendor,
			number.device, count_claimed(status, id));
}

char *status_to_nfd(const struct status *status)
{
	struct buffer buffer;
	char *text;

	if (buffer_open(&buffer) < 0)
		return NULL;
	fprintf(buffer.stream, DOMAIN "as-configured=%s\n" DOMAIN "claimed.count=%zu\n",
		status->is_as_configured ? "true" : "false", count_claimed(status, NULL));
	for (size_t i = 0; i < status->n_cards; i++)
		if (streq(status->cards[i].kind, "gpu"))
			print_kind(buffer.stream, status, i);
	return buffer_close(&buffer, &text) < 0 ? NULL : text;
}
