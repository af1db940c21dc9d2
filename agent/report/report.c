// SPDX-License-Identifier: GPL-2.0-or-later
/* Builds the report's document from a run. Never reads another one. */
#include "report/report.h"

#include "decide/judge.h"
#include "decide/member.h"
#include "decide/plan.h"
#include "report/report-document.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>

static void add_known(struct json_object *object, const char *key, enum fact fact,
		      bool value)
{
	document_add(object, key,
		     fact == FACT_KNOWN ? json_object_new_boolean(value) : NULL);
}

static void add_address(struct json_object *object, const char *key,
			const struct bdf *address)
{
	char text[PCI_ADDRESS_SIZE];

	document_add_string(object, key, bdf_format(address, text));
}

static void PRINTF_LIKE(3, 4)
	add_text(struct json_object *object, const char *key, const char *format, ...)
{
	char text[64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	document_add_string(object, key, text);
}

static void add_id(struct json_object *object, const char *key, const struct pci_id *id)
{
	if (id)
		add_text(object, key, "%04x:%04x", id->vendor, id->device);
	else
		document_add_string(object, key, NULL);
}

static struct json_object *strings_array(const struct strings *strings)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < strings->n; i++)
		json_object_array_add(array, json_object_new_string(strings->items[i]));
	return array;
}

/* Parts -------------------------------------------------------------------------------- */

static const char *kind_name(enum iommu_kind kind)
{
	static const char *const names[] = {
		[IOMMU_NONE] = "none",	       [IOMMU_INTEL] = "intel",
		[IOMMU_AMD] = "amd",	       [IOMMU_VIRTIO] = "virtio",
		[IOMMU_ARM_SMMU] = "arm-smmu", [IOMMU_OTHER] = "other",
	};

	return names[kind];
}

static const char *on_off(enum fact fact, bool is_on)
{
	if (fact == FACT_UNREADABLE)
		return "unknown";
	return is_on ? "on" : "off";
}

static struct json_object *build_iommu(const struct iommu *iommu)
{
	struct json_object *object = json_object_new_object();
	bool has_table = iommu->has_dmar || iommu->has_ivrs || iommu->has_viot ||
			 iommu->has_iort;

	document_add_string(object, "dma_remapping",
			    on_off(iommu->units_fact, iommu->n_units > 0));
	document_add_string(object, "kind", kind_name(iommu->kind));
	document_add_string(object, "firmware",
			    iommu->tables_fact != FACT_KNOWN ? "unknown" :
			    has_table			     ? "table-present" :
							       "no-table");
	/* A machine without chip names (not x86, or an old kernel) is "unknown", never "off". */
	document_add_string(object, "interrupt_remapping",
			    iommu->irq_fact == FACT_KNOWN ?
				    on_off(FACT_KNOWN, iommu->has_irq_remapping) :
				    "unknown");
	document_add(object, "evidence", strings_array(&iommu->evidence));
	return object;
}

static struct json_object *build_features(const struct features *features)
{
	struct json_object *object = json_object_new_object();
	struct json_object *bars = json_object_new_array();

	document_add_string(object, "reset_methods",
			    features->reset_fact == FACT_KNOWN ? features->reset_methods :
								 NULL);
	document_add_string(object, "power_state",
			    *features->power_state ? features->power_state : NULL);
	for (size_t i = 0; i < PCI_BARS; i++)
		json_object_array_add(bars, json_object_new_int64(features->bar_sizes[i]));
	document_add(object, "bar_bytes", bars);
	document_add_boolean(object, "above_4g", features->is_above_4g);
	document_add_boolean(object, "resizable_bar", features->resizable_bars);
	document_add_number(object, "virtual_functions", features->virtual_functions);
	return object;
}

static struct json_object *build_security(const struct security *security)
{
	struct json_object *object = json_object_new_object();

	add_known(object, "secure_boot", security->secure_boot_fact,
		  security->is_secure_boot);
	document_add_string(object, "lockdown",
			    security->lockdown_fact == FACT_KNOWN ? security->lockdown :
								    NULL);
	add_known(object, "module_signatures_enforced", security->signature_fact,
		  security->is_signature_enforced);
	return object;
}

/* Omitted when nothing is to be claimed, or before the trial record was read. */
static void add_trial(struct json_object *report, const struct trial_status *trial)
{
	char key[TRIAL_KEY_TEXT_SIZE];
	struct json_object *object;

	if (!trial || trial->standing == TRIAL_NOT_ASKED)
		return;
	object = document_add_object(report, "trial");
	document_add_string(object, "state", trial_standing_name(trial->standing));
	document_add_number(object, "attempt", trial->attempt);
	document_add_number(object, "limit", trial->limit);
	document_add_string(object, "reason", *trial->reason ? trial->reason : NULL);
	if (!trial->has_key)
		return;
	trial_format_hex(trial->key, sizeof(trial->key), key);
	document_add_string(object, "key", key);
}

static const char *driver_of(const struct run *run, size_t index)
{
	return run->outcome ? run->outcome->functions[index].driver :
			      run->snapshot->functions[index].driver;
}

static struct json_object *build_function(const struct run *run,
					  const struct target *target, size_t i,
					  enum result result)
{
	size_t index = target->functions[i];
	const struct function *function = &run->snapshot->functions[index];
	struct json_object *object = json_object_new_object();

	add_address(object, "address", &function->address);
	add_text(object, "class", "0x%06x", function->class);
	add_id(object, "id", &function->id);
	add_id(object, "subsystem",
	       function->subsystem_fact == FACT_KNOWN ? &function->subsystem : NULL);
	document_add(object, "group",
		     function->group_fact == FACT_KNOWN ?
			     json_object_new_int(function->group) :
			     NULL);
	document_add_string(object, "driver_before", function->driver);
	document_add_string(object, "driver", driver_of(run, index));
	document_add(object, "rivals", strings_array(&function->rivals));
	if (is_gpu(function))
		document_add(object, "features", build_features(&function->features));
	if (run->config->on_failure == ON_FAILURE_HOLD)
		document_add_boolean(object, "hold",
				     plan_policy(run->config, target, i) == ON_FAILURE_HOLD);
	document_add_string(object, "result", result_name(result));
	return object;
}

static struct json_object *build_group(const struct run *run, const struct target *target,
				       int number)
{
	const struct group *group = snapshot_group(run->snapshot, number);
	struct json_object *object = json_object_new_object();
	struct json_object *members = json_object_new_array();

	document_add_number(object, "number", number);
	for (size_t i = 0; group && i < group->n_members; i++) {
		const struct function *function =
			&run->snapshot->functions[group->members[i]];
		struct json_object *member = json_object_new_object();

		add_address(member, "address", &function->address);
		add_text(member, "class", "0x%06x", function->class);
		add_id(member, "id", &function->id);
		document_add_string(member, "driver", driver_of(run, group->members[i]));
		document_add_string(member, "used_for", function->used_for);
		json_object_array_add(members, member);
	}
	document_add_boolean(object, "isolated",
			     member_is_group_isolated(run->snapshot, run->plan, target,
						      group));
	add_known(object, "reserved_direct", group ? group->reserved_fact : FACT_ABSENT,
		  group && group->has_reserved_direct);
	document_add(object, "members", members);
	return object;
}

static enum result target_result(const struct run *run, size_t index)
{
	if (run->config->mode == MODE_OFF)
		return RESULT_OFF;
	if (!run->plan)
		return run->unfinished;
	if (run->plan->targets[index].verdict == VERDICT_REFUSE)
		return RESULT_REFUSED;
	if (run->config->mode == MODE_CHECK)
		return RESULT_CLAIMABLE;
	return run->outcome ? run->outcome->targets[index] : run->unfinished;
}

static enum result function_result(const struct run *run, size_t index,
				   enum result of_target)
{
	if (run->config->mode != MODE_CLAIM)
		return RESULT_NOT_TRIED;
	if (of_target == RESULT_REFUSED || !run->outcome)
		return of_target;
	return run->outcome->functions[index].result;
}

static struct json_object *build_gpu(const struct run *run, const struct wanted *wanted,
				     size_t index)
{
	struct json_object *object = json_object_new_object();
	struct json_object *functions = json_object_new_array();
	struct json_object *groups = json_object_new_array();
	const struct target *target = run->plan ? &run->plan->targets[index] : NULL;
	enum result result = target_result(run, index);

	document_add_string(object, "configured", wanted->text);
	document_add_string(object, "origin", wanted->origin);
	document_add_string(object, "kind", wanted->kind == WANTED_GPU ? "gpu" : "device");
	if (target && target->n_functions)
		add_address(object, "address",
			    &run->snapshot->functions[target->functions[0]].address);
	else
		document_add_string(object, "address", NULL);
	document_add_string(object, "result", result_name(result));
	for (size_t i = 0; target && i < target->n_functions; i++) {
		size_t k = target->functions[i];

		json_object_array_add(functions,
				      build_function(run, target, i,
						     function_result(run, k, result)));
	}
	for (size_t i = 0; target && i < target->n_groups; i++)
		json_object_array_add(groups, build_group(run, target, target->groups[i]));
	document_add(object, "functions", functions);
	document_add(object, "groups", groups);
	return object;
}

/* The document ------------------------------------------------------------------------- */

static bool has_target_result(const struct run *run, enum result result)
{
	for (size_t i = 0; i < run->config->n_wanted; i++)
		if (target_result(run, i) == result)
			return true;
	return false;
}

static enum result whole_result(const struct run *run)
{
	if (run->config->mode == MODE_OFF)
		return RESULT_OFF;
	if (findings_have_error(&run->config->findings))
		return RESULT_REFUSED;
	if (!run->config->n_wanted)
		return RESULT_NOTHING_CONFIGURED;
	if (has_target_result(run, RESULT_FAILED))
		return RESULT_FAILED;
	if (has_target_result(run, RESULT_REFUSED))
		return RESULT_REFUSED;
	return run->config->mode == MODE_CHECK ? RESULT_CLAIMABLE : RESULT_CLAIMED;
}

void report_add_gpus(struct json_object *report, const struct run *run)
{
	struct json_object *gpus = document_member(report, "gpus");

	for (size_t i = 0; i < run->config->n_wanted; i++)
		json_object_array_add(gpus, build_gpu(run, &run->config->wanted[i], i));
}

struct json_object *report_build(const struct run *run)
{
	struct json_object *report = json_object_new_object();
	struct json_object *gpus = json_object_new_array();
	struct json_object *findings = json_object_new_array();
	const struct snapshot *snapshot = run->snapshot;

	if (!report || !gpus || !findings) {
		json_object_put(report);
		json_object_put(gpus);
		json_object_put(findings);
		return NULL;
	}
	document_add_number(report, "version", REPORT_VERSION);
	document_add_string(report, "program", "vfio-claim " VERSION);
	document_add_string(report, "boot_id", snapshot ? snapshot->boot_id : NULL);
	document_add_string(report, "kernel", snapshot ? snapshot->kernel : NULL);
	document_add_rounded(report, "started_at", run->started_at, 3);
	document_add_rounded(report, "duration_ms", 0, 1);
	document_add_string(report, "mode", mode_name(run->config->mode));
	for (size_t i = 0; i < run->config->n_wanted; i++)
		json_object_array_add(gpus, build_gpu(run, &run->config->wanted[i], i));
	document_add_string(report, "result", result_name(whole_result(run)));
	document_add_string(report, "on_failure", on_failure_name(run->config->on_failure));
	document_add_string(report, "config_sha256",
			    *run->config->sha256 ? run->config->sha256 : NULL);
	document_add_string(report, "image_built_at",
			    snapshot ? snapshot->image_built_at : NULL);
	document_add(report, "iommu",
		     snapshot ?
			     build_iommu(&snapshot->iommu) :
			     build_iommu(&(struct iommu){ .units_fact = FACT_UNREADABLE,
							  .irq_fact = FACT_UNREADABLE }));
	document_add(report, "security",
		     build_security(snapshot ? &snapshot->security : &(struct security){}));
	add_trial(report, run->trial);
	document_add(report, "gpus", gpus);
	document_append_findings(findings, &run->config->findings);
	if (run->snapshot)
		document_append_findings(findings, &run->snapshot->findings);
	if (run->plan)
		document_append_findings(findings, &run->plan->findings);
	if (run->outcome)
		document_append_findings(findings, &run->outcome->findings);
	document_add(report, "findings", findings);
	return report;
}
