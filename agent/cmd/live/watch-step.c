// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decides which changes of a claimed card the watch has to tell: each once, and none that a command or
 * an arrival has told. Pure.
 */
#include "cmd/live/watch-step.h"

#include "model/finding.h"

static bool is_fault(enum event_kind kind)
{
	return kind == EVENT_GONE || kind == EVENT_LOST || kind == EVENT_UNREACHABLE ||
	       kind == EVENT_GROUP_CHANGED;
}

static bool has_fault(const struct watch_faults *faults, enum event_kind kind,
		      const struct finding *finding)
{
	for (size_t i = 0; i < faults->findings.n; i++)
		if (faults->kinds[i] == kind &&
		    is_string_equal(faults->findings.items[i].subject, finding->subject) &&
		    streq(faults->findings.items[i].text, finding->text))
			return true;
	return false;
}

static bool has_fault_of(const struct watch_faults *faults, const char *subject)
{
	for (size_t i = 0; i < faults->findings.n; i++)
		if (is_string_equal(faults->findings.items[i].subject, subject))
			return true;
	return false;
}

/* No driver of the host has it: a function that was removed comes back like this. */
static bool is_driverless(const struct watch_look *look, size_t fault)
{
	return look->faults.kinds[fault] == EVENT_LOST &&
	       look->faults.findings.items[fault].code != FINDING_RIVAL_BOUND;
}

/* An arrival in vain says who has the card. */
static bool is_last(const struct watch_look *look, enum event_kind kind)
{
	return look->last == kind || (kind == EVENT_LOST && look->is_last_in_vain);
}

/* Has another part of vfio-claim told an event since the last look? */
static bool is_told_elsewhere(const struct watch_state *state,
			      const struct watch_look *look, enum event_kind kind)
{
	return is_last(look, kind) && !look->is_last_ours &&
	       !is_string_equal(state->mark, look->mark);
}

/* The watch may have been started again since it told something. */
static bool is_new_at_start(const struct watch_look *look, size_t fault)
{
	if (look->is_known[fault] || is_last(look, look->faults.kinds[fault]))
		return false;
	return !is_driverless(look, fault) || !is_fault(look->last);
}

static bool is_new(const struct watch_state *state, const struct watch_look *look,
		   size_t fault)
{
	const struct finding *finding = &look->faults.findings.items[fault];
	enum event_kind kind = look->faults.kinds[fault];

	if (!state->has_looked)
		return is_new_at_start(look, fault);
	if (has_fault(&state->told, kind, finding) || is_told_elsewhere(state, look, kind))
		return false;
	return !is_driverless(look, fault) || !has_fault_of(&state->told, finding->subject);
}

static bool is_whole_again(const struct watch_state *state, const struct watch_look *look)
{
	if (look->faults.findings.n)
		return false;
	if (!state->has_looked)
		return is_fault(look->last);
	return state->told.findings.n && !is_told_elsewhere(state, look, EVENT_CLAIMED);
}

void watch_step(struct watch_state *state, struct watch_look *look,
		struct watch_changes *ret_changes)
{
	*ret_changes = (struct watch_changes){
		.is_whole_again = is_whole_again(state, look),
	};
	for (size_t i = 0; i < look->faults.findings.n; i++)
		ret_changes->is_new[i] = is_new(state, look, i);
	findings_done(&state->told.findings);
	state->has_looked = true;
	state->told = look->faults;
	look->faults = (struct watch_faults){};
	if (!look->mark) /* the report could not be read */
		return;
	free(state->mark);
	state->mark = steal(look->mark);
}

void watch_look_done(struct watch_look *look)
{
	findings_done(&look->faults.findings);
	free(look->mark);
	*look = (struct watch_look){};
}

void watch_state_done(struct watch_state *state)
{
	findings_done(&state->told.findings);
	free(state->mark);
	*state = (struct watch_state){};
}
