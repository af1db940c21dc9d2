// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Remembers in /run whose virtual functions were made in this boot, so that they can be undone when no
 * line of the configuration names them any more, or when the program that made them was killed.
 */
#include "cmd/live/vf-made.h"

#include "base/buffer.h"
#include "base/text.h"
#include "base/util.h"
#include "report/report.h"

#include <stdio.h>

#define FILE_MOST 65536

static bool parse_item(const char *line, struct vf_made_item *ret_item)
{
	char address[16], state[8];
	struct vf_made_item item = {};

	if (sscanf(line, "%15s %7s %u %u", address, state, &item.count, &item.autoprobe) !=
		    4 ||
	    !bdf_parse(address, &item.physical))
		return false;
	item.is_unfinished = streq(state, "begun");
	*ret_item = item;
	return true;
}

static int add(struct vf_made *made, const struct vf_made_item *item)
{
	if (array_reserve(&made->items, made->n, &made->capacity, sizeof(*item)) < 0)
		return -ENOMEM;
	made->items[made->n++] = *item;
	return 0;
}

int vf_made_read(const struct root *root, struct vf_made *ret_made)
{
	CLEANUP(vf_made_done) struct vf_made made = {};
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	size_t size;
	int r;

	r = root_read_file(root, REPORT_FOLDER "/" VF_MADE_FILE, FILE_MOST, &text, &size);
	if (r < 0 && r != -ENOENT)
		return r;
	rest = r < 0 ? NULL : text;
	while ((line = strsep(&rest, "\n"))) {
		struct vf_made_item item;

		if (parse_item(line, &item) && add(&made, &item) < 0)
			return -ENOMEM;
	}
	*ret_made = made;
	made = (struct vf_made){};
	return 0;
}

void vf_made_done(struct vf_made *made)
{
	free(made->items);
	*made = (struct vf_made){};
}

struct vf_made_item *vf_made_find(const struct vf_made *made, const struct bdf *physical)
{
	for (size_t i = 0; i < made->n; i++)
		if (!bdf_compare(&made->items[i].physical, physical))
			return &made->items[i];
	return NULL;
}

static int write_all(const struct root *root, const struct vf_made *made)
{
	_cleanup_free_ char *text = strdup("");
	char address[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < made->n && text; i++) {
		const struct vf_made_item *item = &made->items[i];
		_cleanup_free_ char *before = text;

		text = text_format("%s%s %s %u %u\n", before,
				   bdf_format(&item->physical, address),
				   item->is_unfinished ? "begun" : "made", item->count,
				   item->autoprobe);
	}
	return text ? root_replace(root, REPORT_FOLDER, VF_MADE_FILE, text, strlen(text)) :
		      -ENOMEM;
}

int vf_made_note(const struct root *root, struct vf_made *made,
		 const struct vf_made_item *item)
{
	struct vf_made_item *known = vf_made_find(made, &item->physical);
	int r = 0;

	if (known)
		*known = *item;
	else
		r = add(made, item);
	return r < 0 ? r : write_all(root, made);
}

int vf_made_forget(const struct root *root, struct vf_made *made, const struct bdf *physical)
{
	struct vf_made_item *known = vf_made_find(made, physical);

	if (!known)
		return 0;
	memmove(known, known + 1,
		(size_t)(made->items + made->n - (known + 1)) * sizeof(*known));
	made->n--;
	return write_all(root, made);
}
