// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the virtual functions that the `vf =` lines are about, and compares them with the lines.
 * Changes nothing.
 */
#include "cmd/live/vf-state.h"

#include "decide/known-merge.h"
#include "facts/pci.h"
#include "model/finding.h"
#include "model/function.h"

#include <stdio.h>

/* Lines ---------------------------------------------------------------------------------------- */

/* Lets the survey read the physical functions in detail. Their lines come last. */
static int add_wanted(struct config *config, const struct wanted *wanted)
{
	struct wanted copy = { .kind = wanted->kind, .identity = wanted->identity };

	if (array_reserve(&config->wanted, config->n_wanted, &config->wanted_capacity,
			  sizeof(copy)) < 0)
		return -ENOMEM;
	copy.text = strdup(wanted->text);
	copy.origin = strdup(wanted->origin);
	if (!copy.text || !copy.origin) {
		wanted_done(&copy);
		return -ENOMEM;
	}
	config->wanted[config->n_wanted++] = copy;
	return 0;
}

static int look(const struct root *root, struct vf_view *view)
{
	struct survey *survey = &view->survey;
	size_t n_wanted = survey->config.n_wanted;
	int r = 0;

	survey->merge_known = known_merge;
	for (size_t i = 0; i < view->lines.n && r == 0; i++)
		r = add_wanted(&survey->config, &view->lines.items[i].wanted);
	if (r == 0)
		r = survey_look(root, survey);
	if (r == 0)
		r = known_merge(&survey->record.known, &survey->config, &survey->snapshot);
	while (survey->config.n_wanted > n_wanted)
		wanted_done(&survey->config.wanted[--survey->config.n_wanted]);
	return r;
}

int vf_view_read(const struct root *root, struct vf_view *ret_view)
{
	CLEANUP(vf_view_done) struct vf_view view = {};
	int r;

	r = survey_read_config(root, &view.survey.config);
	if (r == 0)
		r = vf_lines_parse(&view.survey.config, &view.lines, &view.findings);
	if (r == 0 && view.lines.n)
		r = look(root, &view);
	if (r < 0)
		return r;
	vf_find_physical(&view.lines, &view.survey.config, &view.survey.snapshot,
			 &view.findings);
	*ret_view = view;
	view = (struct vf_view){};
	return 0;
}

void vf_view_done(struct vf_view *view)
{
	vf_lines_done(&view->lines);
	survey_done(&view->survey);
	findings_done(&view->findings);
}

/* State ---------------------------------------------------------------------------------------- */

static unsigned read_number(const struct root *root, const struct bdf *address,
			    const char *file)
{
	char text[32];

	return pci_read_line(root, address, file, text, sizeof(text)) > 0 ?
		       strtoul(text, NULL, 10) :
		       0;
}

static int add_function(const struct root *root, const struct vf_line *line,
			unsigned index, struct vf_state *state)
{
	struct vf_function function = { .number = index + 1,
					.is_taken = index < line->count &&
						    line->is_taken[index] };
	char link[32], file[PCI_FILE_SIZE], name[64];
	int r;

	snprintf(link, sizeof(link), "virtfn%u", index);
	r = root_readlink_name(root, pci_file(&line->physical->address, link, file), name,
			       sizeof(name));
	if (r < 0)
		return r;
	if (!bdf_parse(name, &function.address))
		return -EINVAL;
	if (array_reserve(&state->items, state->n, &state->capacity, sizeof(function)) < 0)
		return -ENOMEM;
	r = pci_read_driver(root, &function.address, &function.driver);
	if (r == 0)
		state->items[state->n++] = function;
	return r;
}

int vf_state_read(const struct root *root, const struct vf_line *line,
		  struct vf_state *ret_state)
{
	const struct bdf *physical = &line->physical->address;
	CLEANUP(vf_state_done)
	struct vf_state state = {
		.total = read_number(root, physical, "sriov_totalvfs"),
		.count = pci_count_vfs(root, physical),
	};
	int r = pci_read_driver(root, physical, &state.driver);

	for (unsigned i = 0; i < state.count && r == 0; i++)
		r = add_function(root, line, i, &state);
	if (r < 0)
		return r;
	*ret_state = state;
	state = (struct vf_state){};
	return 0;
}

void vf_state_done(struct vf_state *state)
{
	for (size_t i = 0; i < state->n; i++)
		free(state->items[i].driver);
	free(state->items);
	free(state->driver);
	*state = (struct vf_state){};
}

/* Judgement ------------------------------------------------------------------------------------ */

bool vf_can_have_so_many(const struct vf_line *line, const struct vf_state *state,
			 struct findings *findings)
{
	char physical[PCI_ADDRESS_SIZE];

	bdf_format(&line->physical->address, physical);
	if (!state->total)
		findings_add(findings, physical, SAY_VF_NO_SRIOV);
	else if (line->count > state->total)
		findings_add(findings, physical, SAY_VF_TOO_MANY, line->count,
			     state->total);
	return line->count <= state->total;
}

void vf_state_judge(const struct vf_line *line, const struct vf_state *state,
		    struct findings *findings)
{
	char subject[PCI_ADDRESS_SIZE], physical[PCI_ADDRESS_SIZE];

	bdf_format(&line->physical->address, physical);
	if (vf_can_have_so_many(line, state, findings) && state->count != line->count)
		findings_add(findings, physical, SAY_VF_COUNT_NOW, line->count,
			     state->count);
	for (size_t i = 0; i < state->n && state->count == line->count; i++) {
		const struct vf_function *function = &state->items[i];

		if (!function->is_taken ||
		    (function->driver && is_vfio_driver(function->driver)))
			continue;
		bdf_format(&function->address, subject);
		if (function->driver)
			findings_add(findings, subject, SAY_VF_OTHER_DRIVER,
				     function->number, physical, function->driver);
		else
			findings_add(findings, subject, SAY_VF_WITHOUT_DRIVER,
				     function->number, physical);
	}
}

static int judge_line(const struct root *root, const struct vf_line *line,
		      bool is_for_next_boot, struct findings *findings)
{
	CLEANUP(vf_state_done) struct vf_state state = {};
	char subject[PCI_ADDRESS_SIZE];
	int r;

	if (!line->physical)
		return 0;
	r = vf_state_read(root, line, &state);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		findings_add(findings, bdf_format(&line->physical->address, subject),
			     SAY_VF_UNREADABLE, strerror(-r));
	else if (is_for_next_boot)
		(void)vf_can_have_so_many(line, &state, findings);
	else
		vf_state_judge(line, &state, findings);
	return 0;
}

static int judge_lines(const struct root *root, bool is_for_next_boot,
		       struct findings *findings)
{
	CLEANUP(vf_view_done) struct vf_view view = {};
	int r = vf_view_read(root, &view);

	for (size_t i = 0; i < view.lines.n && r == 0; i++)
		r = judge_line(root, &view.lines.items[i], is_for_next_boot, findings);
	findings_add_all(findings, &view.findings);
	return r;
}

int vf_verify(const struct root *root, struct findings *findings)
{
	return judge_lines(root, false, findings);
}

int vf_check(const struct root *root, struct findings *findings)
{
	return judge_lines(root, true, findings);
}
