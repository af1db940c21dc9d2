// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads a report's document into plain data. Never fails on unknown words or members of another
 * type.
 */
#include "report/report-parse.h"

#include "report/report-document.h"

#define BLOCK_SIZE 4096

/* Memory of one report, freed together. Most reports need one block. */
struct report_block {
	struct report_block *next;
	size_t used, size;
	uint64_t bytes[];
};

static void *take_bytes(struct report *report, size_t size)
{
	struct report_block *block = report->blocks;

	size = (size + sizeof(uint64_t) - 1) & ~(sizeof(uint64_t) - 1);
	if (!block || block->size - block->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		block = malloc(sizeof(*block) + room);
		if (!block)
			return NULL;
		*block = (struct report_block){ report->blocks, 0, room };
		report->blocks = block;
	}
	block->used += size;
	return (char *)block->bytes + block->used - size;
}

/* Makes room for an item per element of the array; n is 0 without memory. */
#define MAKE_ITEMS(report, list, n, array)                                               \
	((list) = make_items((report), (array), sizeof(*(list)), &(n)))

static void *make_items(struct report *report, const struct json_object *array,
			size_t size, size_t *ret_n)
{
	size_t n = document_length(array);
	void *items = n ? take_bytes(report, n * size) : NULL;

	report->is_incomplete |= n && !items;
	*ret_n = items ? n : 0;
	return items;
}

static void read_texts(struct report *report, const struct json_object *array,
		       struct report_texts *texts)
{
	MAKE_ITEMS(report, texts->items, texts->n, array);
	for (size_t i = 0; i < texts->n; i++)
		texts->items[i] = document_text(document_element(array, i));
}

/* Cards ------------------------------------------------------------------------------------ */

static void read_function(struct report *report, struct json_object *object,
			  struct report_function *function)
{
	struct json_object *group = document_member(object, "group");

	*function = (struct report_function){
		.object = document_is_object(object) ? object : NULL,
		.address = document_string(object, "address"),
		.id = document_string(object, "id"),
		.class = document_string(object, "class"),
		.driver = document_string(object, "driver"),
		.driver_before = document_string(object, "driver_before"),
		.group = group ? document_integer(object, "group") : GROUP_NONE,
		.may_hold = document_number(object, "hold") != 0,
		.result_word = document_string(object, "result"),
	};
	function->result = result_parse(function->result_word);
	read_texts(report, document_member(object, "rivals"), &function->rivals);
}

static void read_functions(struct report *report, const struct json_object *array,
			   struct report_functions *functions)
{
	MAKE_ITEMS(report, functions->items, functions->n, array);
	for (size_t i = 0; i < functions->n; i++)
		read_function(report, document_element(array, i), &functions->items[i]);
}

static void read_group(struct report *report, const struct json_object *object,
		       struct report_group *group)
{
	*group = (struct report_group){
		.number = document_integer(object, "number"),
		.is_isolated = document_number(object, "isolated") != 0,
		.has_reserved_direct = document_number(object, "reserved_direct") != 0,
	};
	read_functions(report, document_member(object, "members"), &group->members);
}

static void read_gpu(struct report *report, struct json_object *object,
		     struct report_gpu *gpu)
{
	const struct json_object *groups = document_member(object, "groups");

	*gpu = (struct report_gpu){
		.object = document_is_object(object) ? object : NULL,
		.configured = document_string(object, "configured"),
		.origin = document_string(object, "origin"),
		.kind = document_string(object, "kind"),
		.address = document_string(object, "address"),
		.result_word = document_string(object, "result"),
	};
	gpu->is_device = streq(gpu->kind, "device");
	gpu->result = result_parse(gpu->result_word);
	read_functions(report, document_member(object, "functions"), &gpu->functions);
	MAKE_ITEMS(report, gpu->groups, gpu->n_groups, groups);
	for (size_t i = 0; i < gpu->n_groups; i++)
		read_group(report, document_element(groups, i), &gpu->groups[i]);
}

/* Findings --------------------------------------------------------------------------------- */

static void read_finding(const struct json_object *object, struct report_finding *finding)
{
	*finding = (struct report_finding){
		.code_word = document_string(object, "code"),
		.severity_word = document_string(object, "severity"),
		.subject = document_string(object, "subject"),
		.text = document_string(object, "text"),
		.remedy = document_string(object, "remedy"),
	};
	finding->code = finding_parse(finding->code_word);
	finding->severity = severity_parse(finding->severity_word);
}

static void read_findings(struct report *report, const struct json_object *array,
			  struct report_findings *findings)
{
	MAKE_ITEMS(report, findings->items, findings->n, array);
	for (size_t i = 0; i < findings->n; i++)
		read_finding(document_element(array, i), &findings->items[i]);
}

void report_read_findings(struct report *report)
{
	struct report_findings findings;

	read_findings(report, document_member(report->document, "findings"), &findings);
	if (findings.n)
		report->findings = findings;
}

/* Verification, IOMMU, trial --------------------------------------------------------------- */

static void read_vfio(const struct json_object *object, struct report_vfio *vfio)
{
	*vfio = (struct report_vfio){
		.group = document_integer(object, "group"),
		.answer_word = document_string(object, "answer"),
		.interface = document_string(object, "interface"),
		.error = document_integer(object, "errno"),
	};
	vfio->answer = vfio_answer_parse(vfio->answer_word);
}

static void read_verified(struct report *report, const struct json_object *object,
			  struct report_verified *verified)
{
	const struct json_object *vfio = document_member(object, "vfio");
	const struct json_object *images = document_member(object, "images");

	*verified = (struct report_verified){
		.is_there = object != NULL,
		.result_word = document_string(object, "result"),
		.at = document_string(object, "at"),
		.images_at = document_string(object, "images_at"),
	};
	verified->result = verified_parse(verified->result_word);
	MAKE_ITEMS(report, verified->vfio, verified->n_vfio, vfio);
	for (size_t i = 0; i < verified->n_vfio; i++)
		read_vfio(document_element(vfio, i), &verified->vfio[i]);
	MAKE_ITEMS(report, verified->images, verified->n_images, images);
	for (size_t i = 0; i < verified->n_images; i++) {
		const struct json_object *image = document_element(images, i);

		verified->images[i].kernel = document_string(image, "kernel");
		verified->images[i].state = document_string(image, "state");
	}
	read_findings(report, document_member(object, "findings"), &verified->findings);
	read_findings(report, document_member(object, "image_findings"),
		      &verified->image_findings);
}

int report_read_verified(struct report *report)
{
	read_verified(report, document_member(report->document, "verified"),
		      &report->verified);
	return report->is_incomplete ? -ENOMEM : 0;
}

static void read_iommu(struct report *report, const struct json_object *object,
		       struct report_iommu *iommu)
{
	*iommu = (struct report_iommu){
		.is_there = object != NULL,
		.kind = document_string(object, "kind"),
		.firmware = document_string(object, "firmware"),
		.dma_remapping = document_string(object, "dma_remapping"),
		.interrupt_remapping = document_string(object, "interrupt_remapping"),
	};
	iommu->is_dma_remapped = streq(iommu->dma_remapping, "on");
	iommu->is_interrupt_remapped = streq(iommu->interrupt_remapping, "on");
	read_texts(report, document_member(object, "evidence"), &iommu->evidence);
}

static void read_trial(const struct json_object *object, struct report_trial *trial)
{
	const char *key = document_string(object, "key");

	*trial = (struct report_trial){
		.is_there = document_is_object(object),
		.state_word = document_string(object, "state"),
		.reason = document_string(object, "reason"),
		.attempt = document_integer(object, "attempt"),
		.limit = document_integer(object, "limit"),
	};
	trial->state = trial_standing_parse(trial->state_word);
	trial->has_key = strlen(key) == 2 * sizeof(trial->key) &&
			 trial_parse_hex(key, trial->key, sizeof(trial->key));
}

/* The report ------------------------------------------------------------------------------- */

static void read_report(struct report *report)
{
	struct json_object *document = report->document;
	const struct json_object *gpus = document_member(document, "gpus");

	report->program = document_string(document, "program");
	report->boot_id = document_string(document, "boot_id");
	report->kernel = document_string(document, "kernel");
	report->config_sha256 = document_string(document, "config_sha256");
	report->image_built_at = document_string(document, "image_built_at");
	report->lockdown =
		document_string(document_member(document, "security"), "lockdown");
	report->mode_word = document_string(document, "mode");
	report->mode = mode_parse(report->mode_word);
	report->result_word = document_string(document, "result");
	report->result = result_parse(report->result_word);
	report->has_start = document_member(document, "started_at") != NULL;
	report->started_at = document_number(document, "started_at");
	report->duration_ms = document_number(document, "duration_ms");
	read_iommu(report, document_member(document, "iommu"), &report->iommu);
	read_trial(document_member(document, "trial"), &report->trial);
	MAKE_ITEMS(report, report->gpus, report->n_gpus, gpus);
	for (size_t i = 0; i < report->n_gpus; i++)
		read_gpu(report, document_element(gpus, i), &report->gpus[i]);
	read_findings(report, document_member(document, "findings"), &report->findings);
	read_verified(report, document_member(document, "verified"), &report->verified);
}

struct report *report_take(struct json_object *document)
{
	struct report *report = document ? calloc(1, sizeof(*report)) : NULL;

	if (!report) {
		document_put(document);
		return NULL;
	}
	report->document = document;
	read_report(report);
	if (!report->is_incomplete)
		return report;
	report_free(report);
	return NULL;
}

struct report *report_parse(const char *text, size_t size, const char **ret_problem)
{
	struct json_object *document = document_parse(text, size, ret_problem);

	if (document)
		*ret_problem = "out of memory";
	return report_take(document);
}

const char *report_serialize(const struct report *report, size_t *ret_size)
{
	return document_serialize(report->document, ret_size);
}

void report_free(struct report *report)
{
	if (!report)
		return;
	while (report->blocks) {
		struct report_block *block = report->blocks;

		report->blocks = block->next;
		free(block);
	}
	document_put(report->document);
	free(report);
}

bool report_has_looked(const struct report *report)
{
	return report->mode != MODE_OFF &&
	       !(report->trial.state == TRIAL_SPENT && !report->trial.has_key);
}

bool report_gpu_has(const struct report_gpu *gpu, const char *address)
{
	for (size_t i = 0; i < gpu->functions.n; i++)
		if (streq(gpu->functions.items[i].address, address))
			return true;
	return false;
}
