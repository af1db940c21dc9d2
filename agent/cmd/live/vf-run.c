// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Works on the virtual functions of all physical functions, one after the other, and remembers in /run what
 * is made, before it is made.
 */
#include "cmd/live/vf-run.h"

#include "cmd/cmd.h"
#include "cmd/live/vf-made.h"
#include "facts/pci.h"

#include <stdio.h>

static bool is_bad(const struct vf_result *result)
{
	return result->end == VF_REFUSED || result->end == VF_FAILED;
}

/* What was done is done, whether it can be remembered or not. */
static void warn(int r)
{
	if (r < 0)
		cmd_fail("what was made cannot be remembered", r);
}

static unsigned read_autoprobe(const struct root *root, const struct bdf *physical)
{
	char text[8];

	return pci_read_line(root, physical, "sriov_drivers_autoprobe", text,
			     sizeof(text)) > 0 &&
			       streq(text, "0") ?
		       0 :
		       1;
}

/* A start that was killed may have left it off. It takes no lock of the function. */
static void restore_autoprobe(const struct vf_ops *ops, const struct vf_made_item *item)
{
	char file[PCI_FILE_SIZE];

	if (item->is_unfinished)
		warn(ops->execute.write_bounded(ops->execute.data,
						pci_file(&item->physical,
							 "sriov_drivers_autoprobe", file),
						item->autoprobe ? "1" : "0"));
}

/* Start ---------------------------------------------------------------------------------------- */

/* A start that did not reach its end has undone its work, or says what stays: that is to be undone. */
static void remember(const struct root *root, struct vf_made *made,
		     const struct vf_made_item *item, const struct vf_made_item *before,
		     enum vf_end end, unsigned count_before)
{
	const struct bdf *physical = &item->physical;
	unsigned count = pci_count_vfs(root, physical);

	if (end == VF_DONE || (end == VF_NOTHING && before) ||
	    (end == VF_FAILED && count && count != count_before))
		warn(vf_made_note(root, made, item));
	else if (before && count)
		warn(vf_made_note(root, made, before));
	else
		warn(vf_made_forget(root, made, physical));
}

static bool start(const struct root *root, const struct vf_view *view,
		  const struct vf_line *line, const struct vf_ops *ops,
		  struct vf_made *made, const struct vf_teller *teller)
{
	const struct bdf *physical = &line->physical->address;
	const struct vf_made_item *known = vf_made_find(made, physical);
	struct vf_made_item before = known ? *known : (struct vf_made_item){};
	struct vf_made_item item = { .physical = *physical,
				     .count = line->count,
				     .is_unfinished = true,
				     .autoprobe = known && known->is_unfinished ?
							  known->autoprobe :
							  read_autoprobe(root, physical) };
	unsigned count = pci_count_vfs(root, physical);
	struct vf_result result;
	bool is_good;

	restore_autoprobe(ops, &before);
	warn(vf_made_note(root, made, &item));
	vf_start(root, view, line, ops, &result);
	item.is_unfinished = false;
	remember(root, made, &item, before.count ? &before : NULL, result.end, count);
	teller->tell(teller->data, physical, &result);
	is_good = !is_bad(&result);
	vf_result_done(&result);
	return is_good;
}

int vf_start_all(const struct root *root, const struct vf_view *view,
		 const struct vf_ops *ops, const struct vf_teller *teller)
{
	CLEANUP(vf_made_done) struct vf_made made = {};
	int code = 0;

	warn(vf_made_read(root, &made));
	for (size_t i = 0; i < view->lines.n; i++) {
		const struct vf_line *line = &view->lines.items[i];

		if (!line->physical || !start(root, view, line, ops, &made, teller))
			code = 1;
	}
	return code;
}

/* Undo ----------------------------------------------------------------------------------------- */

static bool is_meant(const struct vf_undo *undo, const struct vf_made_item *item)
{
	return (item->is_unfinished || !undo->is_unfinished_only) &&
	       (!undo->physical || !bdf_compare(undo->physical, &item->physical));
}

static bool undo_one(const struct root *root, const struct vf_view *view,
		     const struct vf_ops *ops, struct vf_made *made,
		     const struct vf_made_item *item, bool is_dry_run,
		     const struct vf_teller *teller)
{
	const struct function physical = { .address = item->physical };
	const struct vf_line line = { .physical = &physical, .count = item->count };
	struct vf_result result;
	bool is_good;

	(is_dry_run ? vf_ask_stop : vf_stop)(root, view, &line, ops, &result);
	is_good = !is_bad(&result);
	if (!is_dry_run)
		restore_autoprobe(ops, item);
	if (is_good && !is_dry_run)
		warn(vf_made_forget(root, made, &item->physical));
	teller->tell(teller->data, &physical.address, &result);
	vf_result_done(&result);
	return is_good;
}

int vf_undo_all(const struct root *root, const struct vf_view *view,
		const struct vf_ops *ops, const struct vf_undo *undo,
		const struct vf_teller *teller)
{
	CLEANUP(vf_made_done) struct vf_made made = {};
	int code = 0, r = vf_made_read(root, &made);

	if (r < 0)
		return cmd_fail(VF_MADE_FILE, r);
	for (size_t i = made.n; i-- > 0;) {
		const struct vf_made_item item = made.items[i];

		if (!is_meant(undo, &item))
			continue;
		/* The function may be gone from its bus, and its virtual functions with it. */
		if (pci_file_exists(root, &item.physical, "sriov_totalvfs")) {
			if (!undo_one(root, view, ops, &made, &item, undo->is_dry_run,
				      teller))
				code = 1;
		} else if (!undo->is_dry_run) {
			warn(vf_made_forget(root, &made, &item.physical));
		}
	}
	return code;
}
