// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares the agent's report with the machine after the boot: its functions, VFIO's answer and the
 * configuration. Opens no boot image, and writes nothing.
 */
#include "cmd/after/verify.h"

#include "cmd/after/released.h"
#include "cmd/after/verify-function.h"
#include "cmd/after/verify-group.h"
#include "cmd/after/verify-verdict.h"
#include "cmd/cmd.h"
#include "cmd/live/vf-state.h"
#include "decide/config.h"
#include "decide/remedies.h"
#include "facts/pci.h"
#include "facts/snapshot.h"
#include "host/builder.h"
#include "model/finding.h"
#include "report/report-change.h"
#include "report/report-document.h"
#include "report/report.h"

#include <stdio.h>

struct verification {
	const struct verify *verify;
	struct report *report;
	struct json_object *vfio; /* array of the document */
	struct findings findings;
	int *groups; /* asked already */
	size_t n_groups, groups_capacity;
};

/* VFIO ----------------------------------------------------------------------------------------- */

static bool has_reserved_direct(const struct report *report, int number)
{
	for (size_t i = 0; i < report->n_gpus; i++) {
		const struct report_gpu *gpu = &report->gpus[i];

		for (size_t k = 0; k < gpu->n_groups; k++)
			if (gpu->groups[k].number == number &&
			    gpu->groups[k].has_reserved_direct)
				return true;
	}
	return false;
}

/* An error under every policy, because no VM can start. */
static void add_refused_finding(struct verification *verification, int number,
				const char *subject, int error)
{
	struct findings *findings = &verification->findings;

	if (has_reserved_direct(verification->report, number))
		findings_add(findings, subject, SAY_VFIO_MEETS_RESERVED, number,
			     strerror(error));
	else if (error == EPERM)
		findings_add(findings, subject, SAY_VFIO_WANTS_IRQ_REMAP, number,
			     strerror(error));
	else if (error == ENODEV)
		findings_add(findings, subject, SAY_TYPE1_MISSING);
	else
		findings_add(findings, subject, SAY_VFIO_REFUSES, number, strerror(error));
}

static void ask_vfio(struct verification *verification, int number, const char *subject)
{
	struct vfio_reply reply = vfio_ask(number, verification->verify->vfio);
	struct json_object *entry = document_append_object(verification->vfio);

	document_add_number(entry, "group", number);
	document_add_string(entry, "answer", vfio_answer_name(reply.answer));
	document_add_string(entry, "interface", vfio_interface_name(reply.interface));
	if (reply.error)
		document_add_number(entry, "errno", reply.error);
	else
		document_add_string(entry, "errno", NULL);
	if (reply.answer == VFIO_NOT_VIABLE)
		verify_group_members(verification->verify->root, number, subject,
				     &verification->findings);
	else if (reply.answer == VFIO_REFUSED)
		add_refused_finding(verification, number, subject, reply.error);
}

/* Asks once for each group that these functions are in now. */
static int ask_groups(struct verification *verification,
		      const struct report_functions *functions)
{
	for (size_t i = 0; i < functions->n; i++) {
		const char *text = functions->items[i].address;
		char path[PCI_FILE_SIZE], name[32];
		struct bdf address;
		bool is_asked = false;
		int number;

		if (!bdf_parse(text, &address) ||
		    root_readlink_name(verification->verify->root,
				       pci_file(&address, "iommu_group", path), name,
				       sizeof(name)) < 0)
			continue;
		number = atoi(name);
		for (size_t k = 0; k < verification->n_groups; k++)
			is_asked |= verification->groups[k] == number;
		if (is_asked)
			continue;
		if (array_reserve(&verification->groups, verification->n_groups,
				  &verification->groups_capacity, sizeof(int)) < 0)
			return -ENOMEM;
		verification->groups[verification->n_groups++] = number;
		ask_vfio(verification, number, text);
	}
	return 0;
}

/* Configuration -------------------------------------------------------------------------------- */

static void add_config_findings(struct verification *verification)
{
	const struct findings *findings = &verification->verify->config->findings;

	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->items[i];

		findings_add_as(&verification->findings, finding->severity,
				finding->subject, finding->code, finding->remedy, "%s",
				finding->text);
	}
}

/* Settings ------------------------------------------------------------------------------------- */

/* The agent adds these options when it loads vfio_pci, and reads no module's parameters. */
static void check_options(struct verification *verification)
{
	const struct config *config = verification->verify->config;

	for (size_t i = 0; i < config->n_card_settings; i++) {
		const struct card_setting *setting = &config->card_settings[i];
		char file[64], value[8], remedy[256];
		int size = strcspn(setting->value, "=") - 1;
		ssize_t n;

		if (setting->kind < CARD_IDLE_D3)
			continue;
		snprintf(file, sizeof(file), "/sys/module/vfio_pci/parameters/%.*s", size,
			 setting->value + 1);
		n = root_read_line(verification->verify->root, file, value, sizeof(value));
		if (n > 0 && *value == 'Y')
			continue;
		snprintf(remedy, sizeof(remedy), REMEDY_OPTION, setting->value + 1);
		findings_add(&verification->findings, "vfio_pci", FINDING_SETTING_REFUSED,
			     remedy, TEXT_OPTION_OFF, setting->text, file,
			     n < 0 ? strerror(-n) : value);
	}
}

static bool is_any_claimed(const struct report *report)
{
	for (size_t i = 0; i < report->n_gpus; i++)
		if (report->gpus[i].result == RESULT_CLAIMED)
			return true;
	return false;
}

/* The verdict ---------------------------------------------------------------------------------- */

static void check_functions(struct verification *verification,
			    const struct report_functions *functions)
{
	struct bdf address;

	for (size_t i = 0; i < functions->n; i++)
		if (bdf_parse(functions->items[i].address, &address))
			verify_function(verification->verify->root, &address,
					&verification->findings);
}

static int add_released_finding(struct verification *verification,
				const struct report_gpu *gpu)
{
	_cleanup_free_ char *text = released_describe(verification->report, gpu);
	_cleanup_free_ char *remedy = released_remedy(gpu);

	if (!text || !remedy)
		return -ENOMEM;
	findings_add(&verification->findings, gpu->address, FINDING_CARD_RELEASED, remedy,
		     "%s", text);
	return 0;
}

static int look(struct verification *verification)
{
	const struct report *report = verification->report;
	int r = 0;

	for (size_t i = 0; i < report->n_gpus; i++)
		if (report->gpus[i].result == RESULT_CLAIMED)
			check_functions(verification, &report->gpus[i].functions);
	for (size_t i = 0; i < report->n_gpus && r == 0; i++)
		if (report->gpus[i].result == RESULT_CLAIMED && verification->verify->vfio)
			r = ask_groups(verification, &report->gpus[i].functions);
	for (size_t i = 0; i < report->n_gpus && r == 0; i++)
		if (is_given_away(report->gpus[i].result))
			r = add_released_finding(verification, &report->gpus[i]);
	if (is_any_claimed(report) &&
	    streq(report->config_sha256, verification->verify->config->sha256))
		check_options(verification);
	if (r == 0 && verification->verify->config->vfs.n)
		r = vf_verify(verification->verify->root, &verification->findings);
	add_config_findings(verification);
	verdict_add_config_finding(verification->verify, report, &verification->findings);
	return r;
}

/* The agent does not know how this system's images are built. Without memory a remedy stays. */
static void take_way(struct verification *verification)
{
	const char *way = builder_find_way(verification->verify->root);
	struct report *report = verification->report;

	remedies_take_way(&verification->findings, way);
	for (size_t i = 0; way && i < report->findings.n; i++) {
		_cleanup_free_ char *remedy = strdup(report->findings.items[i].remedy);

		remedy_take_way(&remedy, way);
		if (remedy && *remedy)
			report_set_remedy(report, i, remedy);
	}
}

int verify_report(const struct verify *verify, struct report *report)
{
	struct verification verification = { .verify = verify, .report = report };
	struct json_object *verified = document_new(), *findings;
	enum verified result;
	int r, added;

	if (!verified)
		return -ENOMEM;
	document_add_string(verified, "at", verify->at);
	document_add_string(verified, "result", NULL); /* keeps its place in the order */
	verification.vfio = document_add_array(verified, "vfio");
	r = look(&verification);
	result = verdict_judge(verify, report, &verification.findings);
	if (result == VERIFIED_OFF)
		findings_add(&verification.findings, "vfio_claim.mode", SAY_VERIFIED_OFF,
			     report->mode_word);
	document_add_string(verified, "result", verified_name(result));
	take_way(&verification);
	findings = document_add_array(verified, "findings");
	document_append_findings(findings, &verification.findings);
	document_add_string(verified, "images_at", NULL);
	document_add_array(verified, "images");
	document_add_array(verified, "image_findings");
	findings_done(&verification.findings);
	free(verification.groups);
	added = report_set_verified(report, verified);
	return r < 0 ? r : added;
}

struct report *verify_make_report(const struct root *root, const struct config *config)
{
	CLEANUP(snapshot_done) struct snapshot snapshot = {};
	struct run run = {
		.config = config,
		.snapshot = &snapshot,
		.unfinished = RESULT_FAILED,
	};
	_cleanup_free_ char *remedy = strdup(REMEDY_REBUILD);
	struct report *report;

	if (!remedy || snapshot_identify(root, &snapshot) < 0)
		return NULL;
	remedy_take_way(&remedy, builder_find_way(root));
	report = report_take(report_build(&run));
	if (report && config->mode != MODE_OFF)
		report_add_error(report, FINDING_IMAGE_WITHOUT_AGENT, snapshot.kernel,
				 TEXT_NO_REPORT, remedy);
	return report;
}
