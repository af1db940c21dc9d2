// SPDX-License-Identifier: GPL-2.0-or-later
/* Tells what the image builder was told not to do: before it is run, and when an image was not built. */
#include "cmd/setup/say.h"
#include "cmd/setup/setup.h"
#include "host/builder-refusal.h"

/* An image without the agent is what `remove` wants. */
static bool stops(const struct builder_refusal *refusal, bool wants_claim)
{
	return refusal->kind == REFUSAL_OF_ALL ||
	       (refusal->kind == REFUSAL_OF_CLAIM && wants_claim);
}

static int tell(const struct change *change, bool wants_claim, size_t *ret_n_stops)
{
	CLEANUP(builder_refusals_done) struct builder_refusals refusals = {};
	int r;

	*ret_n_stops = 0;
	r = builder_read_refusals(change->root, change->builder, &refusals);
	for (size_t i = 0; i < refusals.n; i++) {
		const struct builder_refusal *refusal = &refusals.items[i];
		bool is_stop = stops(refusal, wants_claim);

		if (refusal->kind == REFUSAL_OF_CLAIM && !wants_claim)
			continue;
		*ret_n_stops += is_stop;
		say_error(0, refusal->remedy, "%s%s: %s",
			  is_stop ? "" : "warning: ", refusal->where, refusal->text);
	}
	return r;
}

int refusals_check(const struct change *change)
{
	size_t n_stops;
	int r = tell(change, change->new_text != NULL, &n_stops);

	if (r < 0)
		return cmd_fail("setup", r);
	if (!n_stops)
		return 0;
	return say_error(EXIT_NOT_AS_CONFIGURED, NULL,
			 "%s would not build the images as they are needed; nothing was changed",
			 change->builder->name);
}

void refusals_say(const struct change *change)
{
	size_t n_stops;

	if (tell(change, change->new_text != NULL, &n_stops) < 0)
		cmd_fail("the builder's configuration", -ENOMEM);
}
