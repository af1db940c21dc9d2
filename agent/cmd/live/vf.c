// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes the virtual functions of a `vf =` line and gives them out, or undoes that. Touches the system
 * only through its operations. Never changes how many there are while somebody uses one, and restores
 * what it changed when it does not reach its end.
 */
#include "cmd/live/vf-parts.h"
#include "decide/judge.h"
#include "facts/pci.h"
#include "model/finding.h"

#include <stdio.h>

#define AUTOPROBE "sriov_drivers_autoprobe"
#define NUMVFS "sriov_numvfs"
#define DRIVERS_PROBE "/sys/bus/pci/drivers_probe"

static int write_file(const struct vf_work *work, const struct bdf *address,
		      const char *file, const char *text)
{
	const struct execute_ops *ops = &work->ops->execute;
	char path[PCI_FILE_SIZE];

	return ops->write_bounded(ops->data, pci_file(address, file, path), text);
}

static int write_physical(const struct vf_work *work, const char *file, const char *text)
{
	return write_file(work, &work->line->physical->address, file, text);
}

static bool read_state(struct vf_work *work, struct vf_state *state)
{
	int r;

	vf_state_done(state);
	r = vf_state_read(work->root, work->line, state);
	if (r < 0)
		findings_add(work->findings, work->physical, SAY_VF_UNREADABLE,
			     strerror(-r));
	return r == 0;
}

/* How many -------------------------------------------------------------------------------------- */

/* drivers/pci/iov.c: sriov_numvfs_store(). ENOENT also says that the driver has gone. */
static void add_denied_finding(struct vf_work *work, const char *driver, unsigned count,
			       int error)
{
	struct findings *findings = work->findings;

	if (error == ETIMEDOUT)
		findings_add(findings, work->physical, SAY_VF_SLOW, driver,
			     work->config->timeout_s);
	else if (error == ENOENT)
		findings_add(findings, work->physical, SAY_VF_CANNOT, driver);
	else if (error == EBUSY)
		findings_add(findings, work->physical, SAY_VF_BUSY, driver,
			     strerror(error));
	else
		findings_add(findings, work->physical, SAY_VF_DENIED, driver, count,
			     strerror(error));
}

static int write_count(struct vf_work *work, unsigned count)
{
	char text[16];
	int r;

	snprintf(text, sizeof(text), "%u", count);
	r = write_physical(work, NUMVFS, text);
	if (r == -ETIMEDOUT)
		work->is_stuck = true;
	return r;
}

/* The kernel takes another number than zero only where there are none. */
static bool create(struct vf_work *work, struct vf_state *state)
{
	_cleanup_free_ char *driver = strdup(state->driver);
	unsigned count = work->line->count;
	int r = state->count ? write_count(work, 0) : 0;

	if (r == 0)
		r = write_count(work, count);
	if (r < 0) {
		add_denied_finding(work, driver ?: "", count, -r);
		return false;
	}
	if (!read_state(work, state))
		return false;
	if (state->count != count)
		findings_add(work->findings, work->physical, SAY_VF_OTHER_COUNT, count,
			     driver ?: "", state->count);
	return state->count == count;
}

/* Back to the number that was there before. */
static void restore_count(struct vf_work *work, unsigned count)
{
	int r;

	if (work->is_stuck)
		return;
	r = write_count(work, count);
	if (r < 0)
		findings_add(work->findings, work->physical, SAY_VF_COUNT_STAYS, count,
			     strerror(-r));
}

static bool is_any_used(struct vf_work *work, const struct vf_state *state)
{
	bool is_used = false;

	for (size_t i = 0; i < state->n; i++) {
		const struct vf_function *function = &state->items[i];
		_cleanup_free_ char *text = NULL;
		char subject[PCI_ADDRESS_SIZE];
		int r = work->ops->find_users(work->ops->data, &function->address, &text);

		if (r == 0 && !text)
			continue;
		is_used = true;
		findings_add(work->findings, bdf_format(&function->address, subject),
			     SAY_VF_COUNT_KEPT, r < 0 ? strerror(-r) : text,
			     work->physical, state->count);
	}
	return is_used;
}

/* The host's ------------------------------------------------------------------------------------ */

/* Does the override keep the host's drivers away because of us? */
static bool has_our_override(const struct vf_work *work, const struct bdf *address)
{
	char text[64];

	return pci_read_line(work->root, address, "driver_override", text, sizeof(text)) >
		       0 &&
	       (is_vfio_driver(text) || streq(text, HOLD_DRIVER));
}

/* A driver whose module is not loaded yet binds when it is. */
static bool give_rest(struct vf_work *work, const struct vf_state *state)
{
	bool is_any = false;

	for (size_t i = 0; i < state->n; i++) {
		const struct vf_function *function = &state->items[i];
		const struct execute_ops *ops = &work->ops->execute;
		char text[PCI_ADDRESS_SIZE];

		if (function->is_taken || function->driver)
			continue;
		is_any = true;
		if (has_our_override(work, &function->address))
			(void)write_file(work, &function->address, "driver_override", "\n");
		(void)ops->write_bounded(ops->data, DRIVERS_PROBE,
					 bdf_format(&function->address, text));
	}
	return is_any;
}

/* Start ----------------------------------------------------------------------------------------- */

/* While it is 0, no driver binds to a virtual function without an override: drivers/pci/pci-driver.c,
 * pci_device_can_probe(). */
static enum vf_end create_and_take(struct vf_work *work, struct vf_state *state)
{
	unsigned before = state->count;
	char autoprobe[8];
	enum vf_end end;
	int r;

	if (pci_read_line(work->root, &work->line->physical->address, AUTOPROBE,
			  autoprobe, sizeof(autoprobe)) <= 0)
		snprintf(autoprobe, sizeof(autoprobe), "1");
	r = write_physical(work, AUTOPROBE, "0");
	if (r < 0) {
		findings_add(work->findings, work->physical, SAY_VF_AUTOPROBE,
			     strerror(-r));
		return VF_FAILED;
	}
	end = create(work, state) ? vf_take(work, state) : VF_FAILED;
	if (end == VF_NOTHING) /* another program has given them to vfio-pci meanwhile */
		end = VF_DONE;
	if (end != VF_DONE)
		restore_count(work, 0);
	r = write_physical(work, AUTOPROBE, autoprobe); /* takes no lock of the function */
	if (r < 0)
		findings_add(work->findings, work->physical, SAY_VF_AUTOPROBE_OFF,
			     autoprobe, strerror(-r));
	if (end != VF_DONE && before)
		restore_count(work, before);
	return end;
}

static bool is_fit(struct vf_work *work, const struct vf_state *state)
{
	struct findings *findings = work->findings;
	size_t n = findings->n;

	if (!vf_can_have_so_many(work->line, state, findings))
		return false;
	if (!state->driver)
		findings_add(findings, work->physical, SAY_VF_NO_DRIVER,
			     work->config->timeout_s);
	else if (is_vfio_driver(state->driver) || streq(state->driver, "pci-stub"))
		findings_add(findings, work->physical, SAY_VF_PHYSICAL_CLAIMED,
			     state->driver);
	else
		judge_iommu(work->snapshot, work->physical, findings);
	return findings->n == n;
}

/* The physical function's driver may come late. */
static bool wait_for_driver(struct vf_work *work, struct vf_state *state)
{
	do {
		if (!read_state(work, state))
			return false;
	} while (state->total && !state->driver && work->ops->wait(work->ops->data));
	return true;
}

static enum vf_end start(struct vf_work *work, struct vf_state *state)
{
	enum vf_end end;

	if (!wait_for_driver(work, state) || !is_fit(work, state))
		return VF_REFUSED;
	if (state->count != work->line->count && is_any_used(work, state))
		return VF_REFUSED;
	end = state->count == work->line->count ? vf_take(work, state) :
						  create_and_take(work, state);
	if (end != VF_DONE && end != VF_NOTHING)
		return end;
	if (give_rest(work, state))
		end = VF_DONE;
	return read_state(work, state) ? end : VF_FAILED;
}

/* Stop ------------------------------------------------------------------------------------------ */

/* The override stays until the function is gone: no driver of the host binds in between. */
static bool free_taken(struct vf_work *work, const struct vf_state *state)
{
	const struct execute_ops *ops = &work->ops->execute;
	char subject[PCI_ADDRESS_SIZE];

	for (size_t i = state->n; i-- > 0;) {
		const struct vf_function *function = &state->items[i];
		int r;

		if (!function->driver || !is_vfio_driver(function->driver))
			continue;
		r = write_file(work, &function->address, "driver_override", HOLD_DRIVER);
		if (r == 0)
			r = ops->unbind(ops->data, &function->address);
		if (r < 0) {
			findings_add(work->findings,
				     bdf_format(&function->address, subject),
				     SAY_UNBIND_FAILED, function->driver, strerror(-r));
			return false;
		}
	}
	return true;
}

/* VF_DONE: they can be stopped. */
static enum vf_end ask(struct vf_work *work, struct vf_state *state)
{
	if (!read_state(work, state))
		return VF_FAILED;
	if (!state->count)
		return VF_NOTHING;
	return is_any_used(work, state) ? VF_REFUSED : VF_DONE;
}

static enum vf_end stop(struct vf_work *work, struct vf_state *state)
{
	enum vf_end end = ask(work, state);
	int r;

	if (end != VF_DONE)
		return end;
	if (!free_taken(work, state))
		return VF_FAILED;
	r = write_count(work, 0);
	/* A write that was killed for being late may have done its work. */
	if (!work->is_stuck && read_state(work, state) && !state->count)
		return VF_DONE;
	if (r < 0)
		add_denied_finding(work, state->driver ?: "", 0, -r);
	return VF_FAILED;
}

/* The result ------------------------------------------------------------------------------------ */

static char *list_functions(const struct vf_state *state)
{
	char *list = strdup(""), address[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < state->n && list; i++) {
		const struct vf_function *function = &state->items[i];
		_cleanup_free_ char *before = list;

		list = text_format("%s%s %s (%s)", before, i ? "," : "",
				   bdf_format(&function->address, address),
				   function->driver ?: "no driver");
	}
	return list;
}

static char *describe(const struct vf_work *work, enum vf_end end,
		      const struct vf_state *state)
{
	_cleanup_free_ char *list = list_functions(state);

	if (!list || end == VF_NOTHING)
		return NULL;
	if (end == VF_DONE)
		return text_format("%u virtual functions%s%s", state->count,
				   state->n ? ":" : "", list);
	return text_format("%u virtual functions stay, of %u configured", state->count,
			   work->line->count);
}

static void run(const struct root *root, const struct vf_view *view,
		const struct vf_line *line, const struct vf_ops *ops,
		enum vf_end (*work_on)(struct vf_work *, struct vf_state *),
		struct vf_result *ret_result)
{
	CLEANUP(vf_state_done) struct vf_state state = {}, now = {};
	struct vf_result result = {};
	struct vf_work work = { .root = root,
				.config = &view->survey.config,
				.snapshot = &view->survey.snapshot,
				.line = line,
				.ops = ops,
				.findings = &result.findings };

	bdf_format(&line->physical->address, work.physical);
	result.end = work_on(&work, &state);
	if (vf_state_read(root, line, &now) == 0)
		result.text = describe(&work, result.end, &now);
	*ret_result = result;
}

void vf_start(const struct root *root, const struct vf_view *view,
	      const struct vf_line *line, const struct vf_ops *ops,
	      struct vf_result *ret_result)
{
	run(root, view, line, ops, start, ret_result);
}

void vf_stop(const struct root *root, const struct vf_view *view,
	     const struct vf_line *line, const struct vf_ops *ops,
	     struct vf_result *ret_result)
{
	run(root, view, line, ops, stop, ret_result);
}

void vf_ask_stop(const struct root *root, const struct vf_view *view,
		 const struct vf_line *line, const struct vf_ops *ops,
		 struct vf_result *ret_result)
{
	run(root, view, line, ops, ask, ret_result);
}

void vf_result_done(struct vf_result *result)
{
	free(result->text);
	findings_done(&result->findings);
	*result = (struct vf_result){};
}
