// SPDX-License-Identifier: GPL-2.0-or-later
/* Names, searches and frees the shared data. Pure. */
#include "model/model.h"

static const char *const mode_names[] = {
	[MODE_CLAIM] = "claim",
	[MODE_CHECK] = "check",
	[MODE_OFF] = "off",
	[MODE_UNKNOWN] = "unknown",
};

const char *mode_name(enum mode mode)
{
	return mode_names[mode];
}

enum mode mode_parse(const char *name)
{
	return text_find(mode_names, MODE_UNKNOWN, name);
}

const char *on_failure_name(enum on_failure policy)
{
	return policy == ON_FAILURE_HOLD ? "hold" : "release";
}

static const char *const result_names[] = {
	[RESULT_NOT_TRIED] = "not-tried",
	[RESULT_CLAIMABLE] = "claimable",
	[RESULT_CLAIMED] = "claimed",
	[RESULT_REFUSED] = "refused",
	[RESULT_FAILED] = "failed",
	[RESULT_RELEASED] = "released",
	[RESULT_HELD] = "held",
	[RESULT_OFF] = "off",
	[RESULT_NOTHING_CONFIGURED] = "nothing-configured",
	[RESULT_UNKNOWN] = "unknown",
};

const char *result_name(enum result result)
{
	return result_names[result];
}

enum result result_parse(const char *name)
{
	return text_find(result_names, RESULT_UNKNOWN, name);
}

bool is_given_away(enum result result)
{
	return result == RESULT_RELEASED || result == RESULT_HELD;
}

static const char *const answer_names[] = {
	[VFIO_UNKNOWN] = "unknown",	  [VFIO_ACCEPTED] = "accepted",
	[VFIO_NOT_VIABLE] = "not-viable", [VFIO_REFUSED] = "refused",
	[VFIO_IN_USE] = "in-use",
};

const char *vfio_answer_name(enum vfio_answer answer)
{
	return answer_names[answer];
}

enum vfio_answer vfio_answer_parse(const char *name)
{
	size_t answer = text_find(answer_names, ARRAY_SIZE(answer_names), name);

	return answer < ARRAY_SIZE(answer_names) ? answer : VFIO_REFUSED;
}

static const char *const verified_names[] = {
	[VERIFIED_AS_CONFIGURED] = "as-configured",
	[VERIFIED_OFF] = "off",
	[VERIFIED_NOTHING_CONFIGURED] = "nothing-configured",
	[VERIFIED_RELEASED] = "released",
	[VERIFIED_PENDING] = "pending",
	[VERIFIED_NOT_AS_CONFIGURED] = "not-as-configured",
};

const char *verified_name(enum verified verified)
{
	return verified_names[verified];
}

enum verified verified_parse(const char *name)
{
	return text_find(verified_names, VERIFIED_NOT_AS_CONFIGURED, name);
}

void wanted_done(struct wanted *wanted)
{
	free(wanted->text);
	free(wanted->origin);
	*wanted = (struct wanted){};
}

void config_done(struct config *config)
{
	for (size_t i = 0; i < config->n_wanted; i++)
		wanted_done(&config->wanted[i]);
	free(config->wanted);
	for (size_t i = 0; i < config->n_card_settings; i++)
		free(config->card_settings[i].text);
	free(config->card_settings);
	strings_done(&config->vfs);
	findings_done(&config->findings);
	*config = (struct config){};
}

void host_needs_done(struct host_needs *needs)
{
	for (size_t i = 0; i < needs->n; i++) {
		free(needs->items[i].use);
		free(needs->items[i].source);
		free(needs->items[i].functions);
	}
	free(needs->items);
	*needs = (struct host_needs){};
}

void snapshot_done(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		struct function *function = &snapshot->functions[i];

		free(function->driver);
		free(function->read_modalias);
		free(function->modalias);
		free(function->vfio_module);
		free(function->rejected_module);
		free(function->used_for);
		free(function->in_use);
		strings_done(&function->rivals);
	}
	for (size_t i = 0; i < snapshot->n_groups; i++)
		free(snapshot->groups[i].members);
	free(snapshot->functions);
	free(snapshot->groups);
	free(snapshot->known.items);
	free(snapshot->kernel);
	free(snapshot->framebuffer_device);
	free(snapshot->framebuffer_driver);
	free(snapshot->framebuffer_console);
	free(snapshot->platform.cpu_vendor);
	free(snapshot->platform.board_vendor);
	free(snapshot->platform.firmware);
	free(snapshot->platform.distribution);
	free(snapshot->platform.cmdline);
	free(snapshot->platform.next_cmdline);
	free(snapshot->platform.kernel_config);
	free(snapshot->platform.tree_model);
	free(snapshot->boot_id);
	free(snapshot->image_built_at);
	strings_done(&snapshot->iommu.evidence);
	findings_done(&snapshot->findings);
	*snapshot = (struct snapshot){};
}

static int compare_key(const void *key, const void *member)
{
	const struct function *function = member;

	return bdf_compare(key, &function->address);
}

/* snapshot.functions is sorted by address. */
struct function *snapshot_find(const struct snapshot *snapshot, const struct bdf *address)
{
	if (!snapshot->n_functions)
		return NULL;
	return bsearch(address, snapshot->functions, snapshot->n_functions,
		       sizeof(*snapshot->functions), compare_key);
}

struct group *snapshot_group(const struct snapshot *snapshot, int number)
{
	for (size_t i = 0; i < snapshot->n_groups; i++)
		if (snapshot->groups[i].number == number)
			return &snapshot->groups[i];
	return NULL;
}

void plan_done(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_targets; i++) {
		free(plan->targets[i].functions);
		free(plan->targets[i].groups);
	}
	free(plan->targets);
	free(plan->steps);
	findings_done(&plan->findings);
	*plan = (struct plan){};
}

int outcome_init(struct outcome *outcome, const struct plan *plan,
		 const struct snapshot *snapshot)
{
	*outcome = (struct outcome){};
	/* One more than needed: calloc(0) may return NULL without an error. */
	outcome->targets = calloc(plan->n_targets + 1, sizeof(*outcome->targets));
	outcome->functions = calloc(snapshot->n_functions + 1, sizeof(*outcome->functions));
	if (!outcome->targets || !outcome->functions) {
		outcome_done(outcome);
		return -ENOMEM;
	}
	outcome->n_targets = plan->n_targets;
	outcome->n_functions = snapshot->n_functions;
	return 0;
}

void outcome_done(struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->n_functions; i++)
		free(outcome->functions[i].driver);
	free(outcome->functions);
	free(outcome->targets);
	findings_done(&outcome->findings);
	*outcome = (struct outcome){};
}

int target_add_function(struct target *target, size_t index)
{
	for (size_t i = 0; i < target->n_functions; i++)
		if (target->functions[i] == index)
			return 0;
	if (array_reserve(&target->functions, target->n_functions,
			  &target->functions_capacity, sizeof(*target->functions)) < 0)
		return -ENOMEM;
	target->functions[target->n_functions++] = index;
	return 0;
}

bool target_has_function(const struct target *target, size_t index)
{
	for (size_t i = 0; i < target->n_functions; i++)
		if (target->functions[i] == index)
			return true;
	return false;
}
