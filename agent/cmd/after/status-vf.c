// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads what became of the `vf =` lines, for the status. Writes nothing. */
#include "cmd/after/status-parts.h"
#include "model/finding.h"
#include "model/function.h"

#include <stdio.h>

static void count(struct vf_status *vf)
{
	for (size_t i = 0; i < vf->n; i++) {
		const char *driver = vf->items[i].driver;

		vf->n_held += vf->items[i].is_taken && driver && is_vfio_driver(driver);
	}
}

static int read_functions(const struct root *root, const struct vf_line *line,
			  struct vf_status *vf, struct findings *findings)
{
	CLEANUP(vf_state_done) struct vf_state state = {};
	const struct function *physical = line->physical;
	char address[PCI_ADDRESS_SIZE];
	int r;

	snprintf(vf->id, sizeof(vf->id), "%04x:%04x", physical->id.vendor,
		 physical->id.device);
	vf->address = strdup(bdf_format(&physical->address, address));
	r = vf->address ? vf_state_read(root, line, &state) : -ENOMEM;
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		findings_add(findings, address, SAY_VF_UNREADABLE, strerror(-r));
		return 0;
	}
	vf_state_judge(line, &state, findings);
	vf->n = state.n;
	vf->items = steal(state.items);
	state.n = 0;
	count(vf);
	return 0;
}

static int read_line(const struct root *root, const struct vf_line *line,
		     struct vf_status *vf, struct findings *findings)
{
	vf->wanted = line->count;
	for (unsigned i = 0; i < line->count; i++)
		vf->n_taken += line->is_taken[i];
	vf->configured = strdup(line->wanted.text);
	if (!vf->configured)
		return -ENOMEM;
	return line->physical ? read_functions(root, line, vf, findings) : 0;
}

int status_read_vfs(const struct reading *reading)
{
	CLEANUP(vf_view_done) struct vf_view view = {};
	struct status *status = reading->status;
	size_t n_notes = status->notes.n;
	int r;

	if (!reading->config->vfs.n)
		return 0;
	r = vf_view_read(reading->root, &view);
	if (r < 0)
		return r;
	status->vfs = calloc(view.lines.n + 1, sizeof(*status->vfs));
	if (!status->vfs)
		return -ENOMEM;
	findings_add_all(&status->notes, &view.findings);
	for (size_t i = 0; i < view.lines.n && r == 0; i++)
		r = read_line(reading->root, &view.lines.items[i],
			      &status->vfs[status->n_vfs++], &status->notes);
	status->is_vf_wrong = status->notes.n > n_notes;
	return r;
}

void status_vfs_done(struct status *status)
{
	for (size_t i = 0; i < status->n_vfs; i++) {
		struct vf_status *vf = &status->vfs[i];

		for (size_t k = 0; k < vf->n; k++)
			free(vf->items[k].driver);
		free(vf->items);
		free(vf->configured);
		free(vf->address);
	}
	free(status->vfs);
}
