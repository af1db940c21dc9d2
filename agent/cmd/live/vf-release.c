// SPDX-License-Identifier: GPL-2.0-or-later
/* Undoes virtual functions for `vfio-claim release`. */
#include "cmd/live/vf-release.h"

#include "cmd/cmd.h"
#include "cmd/live/vf-live.h"
#include "cmd/live/vf-made.h"

static bool is_named(const struct live_order *order, const struct bdf *physical)
{
	for (size_t i = 0; i < order->n_functions; i++)
		if (!bdf_compare(&order->functions[i], physical))
			return true;
	return false;
}

static void take_out(struct live_order *order, const struct bdf *physical)
{
	size_t n = 0;

	for (size_t i = 0; i < order->n_functions; i++)
		if (bdf_compare(&order->functions[i], physical))
			order->functions[n++] = order->functions[i];
	order->n_functions = n;
}

static int undo(const struct live_order *order, const struct vf_made_item *item,
		struct report *report)
{
	const struct vf_undo undo = { .physical = &item->physical,
				      .is_dry_run = order->is_dry_run };
	struct vf_view view;
	int r = vf_view_read(&order->cmd->root, &view);

	if (r < 0)
		return cmd_fail("vf", r);
	r = vf_live_work(order->cmd, &view, &undo, report);
	vf_view_done(&view);
	return r;
}

int vf_release(struct live_order *order, struct report *report, size_t *ret_n)
{
	CLEANUP(vf_made_done) struct vf_made made = {};
	bool is_all = !order->n_functions;
	int code = 0, r = vf_made_read(&order->cmd->root, &made);

	*ret_n = 0;
	if (r < 0)
		return cmd_fail(VF_MADE_FILE, r);
	for (size_t i = made.n; i-- > 0;) {
		if (!is_all && !is_named(order, &made.items[i].physical))
			continue;
		r = undo(order, &made.items[i], report);
		code = code ?: r;
		take_out(order, &made.items[i].physical);
		++*ret_n;
	}
	return code;
}
