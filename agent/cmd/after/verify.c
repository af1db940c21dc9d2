// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares the agent's report with the machine after the boot: its functions, VFIO's answer, the
 * configuration and the boot images. Writes nothing.
 */
#include "cmd/after/verify.h"

#include "cmd/after/next-boot.h"
#include "cmd/after/verify-function.h"
#include "cmd/after/verify-group.h"
#include "cmd/cmd.h"
#include "decide/config.h"
#include "decide/judge.h"
#include "facts/pci.h"
#include "facts/snapshot.h"
#include "host/boot-menu.h"
#include "host/images.h"
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
	bool is_pending; /* only a reboot is missing for the configuration as it is now */
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

static bool has_target(const struct report *report, const char *configured)
{
	for (size_t i = 0; i < report->n_gpus; i++)
		if (streq(report->gpus[i].configured, configured))
			return true;
	return false;
}

static bool is_wanted(const struct config *config, const char *configured)
{
	for (size_t i = 0; i < config->n_wanted; i++)
		if (streq(config->wanted[i].text, configured))
			return true;
	return false;
}

/* Does the file still name the cards that this boot was configured for? */
static bool is_same_cards(const struct config *config, const struct report *report)
{
	for (size_t i = 0; i < config->n_wanted; i++)
		if (!has_target(report, config->wanted[i].text))
			return false;
	for (size_t i = 0; i < report->n_gpus; i++)
		if (!is_wanted(config, report->gpus[i].configured))
			return false;
	return true;
}

static void check_config(struct verification *verification)
{
	const struct config *config = verification->verify->config;
	bool is_same = is_same_cards(config, verification->report);

	for (size_t i = 0; i < config->findings.n; i++) {
		const struct finding *finding = &config->findings.items[i];

		findings_add_as(&verification->findings, finding->severity,
				finding->subject, finding->code, finding->remedy, "%s",
				finding->text);
	}
	verification->is_pending = verification->verify->is_renewed;
	if (!verify_has_run(verification->report)) /* its digest is that of the file then */
		return;
	if (streq(config->sha256, verification->report->config_sha256)) {
		verification->is_pending = false;
		return;
	}
	findings_add_as(&verification->findings,
			is_same || verification->is_pending ? SEVERITY_WARNING :
							      SEVERITY_ERROR,
			CONFIG_PATH, FINDING_IMAGE_STALE,
			verification->is_pending ? REMEDY_REBOOT_ALONE : REMEDY_REBUILD,
			is_same ? TEXT_BOOTED_SAME_CARDS : TEXT_BOOTED_OTHER_CARDS);
}

/* Boot images ---------------------------------------------------------------------------------- */

/* About images that may be booted next: they never make this boot wrong. */
static void check_images(struct verification *verification, struct json_object *verified)
{
	const struct boot_images *images = verification->verify->images;
	struct json_object *array = document_add_array(verified, "images");

	for (size_t i = 0; images && i < images->n; i++) {
		const struct boot_image *image = &images->items[i];
		struct json_object *object = document_append_object(array);

		document_add_string(object, "kernel", image->kernel);
		document_add_string(object, "path", image->path);
		document_add_string(object, "state", image_state_name(image->state));
	}
	if (images && verification->verify->config->n_wanted)
		next_boot_add_findings(images, &verification->findings);
}

/* The first kernel or image that the entry names and that is not there. NULL: none. */
static const char *find_missing(const struct chain_entry *entry)
{
	if (entry->kernel.is_missing)
		return entry->kernel.name;
	for (size_t i = 0; i < entry->n_images; i++)
		if (entry->images[i].is_missing)
			return entry->images[i].name;
	return NULL;
}

/* A kernel that is removed without kernel-install leaves the entry that names it. */
static void check_menu_entry(struct verification *verification)
{
	const struct boot_images *images = verification->verify->images;

	for (size_t i = 0; images && i < images->chain.n_entries; i++) {
		const struct chain_entry *entry = &images->chain.entries[i];
		const char *missing = boot_menu_is_own(entry) ? find_missing(entry) : NULL;

		if (missing)
			findings_add(&verification->findings, entry->config,
				     SAY_ENTRY_STALE, missing);
	}
}

/* The verdict ---------------------------------------------------------------------------------- */

static enum verified judge(const struct verification *verification)
{
	const struct report *report = verification->report;

	if (report->mode == MODE_OFF || report->mode == MODE_CHECK)
		return VERIFIED_OFF;
	if (findings_have_error(&verification->findings))
		return VERIFIED_NOT_AS_CONFIGURED;
	if (verification->is_pending &&
	    (report->result != RESULT_CLAIMED ||
	     !is_same_cards(verification->verify->config, report)))
		return VERIFIED_PENDING;
	if (report->result == RESULT_NOTHING_CONFIGURED)
		return VERIFIED_NOTHING_CONFIGURED;
	return report->result == RESULT_CLAIMED ? VERIFIED_AS_CONFIGURED :
						  VERIFIED_NOT_AS_CONFIGURED;
}

static void check_functions(struct verification *verification,
			    const struct report_functions *functions)
{
	struct bdf address;

	for (size_t i = 0; i < functions->n; i++)
		if (bdf_parse(functions->items[i].address, &address))
			verify_function(verification->verify->root, &address,
					&verification->findings);
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
	check_config(verification);
	return r;
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
	check_images(&verification, verified);
	check_menu_entry(&verification);
	result = judge(&verification);
	if (result == VERIFIED_OFF)
		findings_add(&verification.findings, "vfio_claim.mode", SAY_VERIFIED_OFF,
			     report->mode_word);
	document_add_string(verified, "result", verified_name(result));
	findings = document_add_array(verified, "findings");
	document_append_findings(findings, &verification.findings);
	findings_done(&verification.findings);
	free(verification.groups);
	added = report_set_verified(report, verified);
	return r < 0 ? r : added;
}

/* The agent never adds this code itself. */
bool verify_has_run(const struct report *report)
{
	for (size_t i = 0; i < report->findings.n; i++)
		if (report->findings.items[i].code == FINDING_IMAGE_WITHOUT_AGENT)
			return false;
	return true;
}

struct report *verify_make_report(const struct root *root, const struct config *config)
{
	CLEANUP(snapshot_done) struct snapshot snapshot = {};
	struct run run = {
		.config = config,
		.snapshot = &snapshot,
		.unfinished = RESULT_FAILED,
	};
	struct report *report;

	if (snapshot_identify(root, &snapshot) < 0)
		return NULL;
	report = report_take(report_build(&run));
	if (report && config->mode != MODE_OFF)
		report_add_error(report, FINDING_IMAGE_WITHOUT_AGENT, snapshot.kernel,
				 TEXT_NO_REPORT, REMEDY_REBUILD);
	return report;
}
