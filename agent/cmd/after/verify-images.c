// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adds to a verified report what the boot images hold: they are about the next boot, and opening them takes
 * time that nothing should wait for. Asks VFIO nothing, as VMs may be starting by then.
 */
#include "cmd/after/verify.h"

#include "base/clock.h"
#include "cmd/after/next-boot.h"
#include "cmd/after/verify-verdict.h"
#include "decide/config.h"
#include "decide/remedies.h"
#include "host/boot-menu.h"
#include "host/builder.h"
#include "report/report-change.h"
#include "report/report-document.h"

static void add_images(const struct boot_images *images, struct json_object *verified)
{
	struct json_object *array = document_add_array(verified, "images");

	for (size_t i = 0; i < images->n; i++) {
		const struct boot_image *image = &images->items[i];
		struct json_object *object = document_append_object(array);

		document_add_string(object, "kernel", image->kernel);
		document_add_string(object, "path", image->path);
		document_add_string(object, "state", image_state_name(image->state));
	}
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
static void check_menu_entry(const struct boot_images *images, struct findings *findings)
{
	for (size_t i = 0; i < images->chain.n_entries; i++) {
		const struct chain_entry *entry = &images->chain.entries[i];
		const char *missing = boot_menu_is_own(entry) ? find_missing(entry) : NULL;

		if (missing)
			findings_add(findings, entry->config, SAY_ENTRY_STALE, missing);
	}
}

/* Only the images tell whether a configuration that this boot did not use is pending. */
static bool is_judged_again(const struct report_finding *finding)
{
	return finding->code == FINDING_IMAGE_STALE && streq(finding->subject, CONFIG_PATH);
}

static void keep_findings(const struct report_findings *from, struct findings *findings)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct report_finding *finding = &from->items[i];

		if (!is_judged_again(finding))
			findings_add_as(findings, finding->severity, finding->subject,
					finding->code,
					*finding->remedy ? finding->remedy : NULL, "%s",
					finding->text);
	}
}

static void set_findings(const struct verify *verify, struct json_object *verified,
			 const char *key, struct findings *findings)
{
	remedies_take_way(findings, builder_find_way(verify->root));
	document_append_findings(document_add_array(verified, key), findings);
	findings_done(findings);
}

static void judge_again(const struct verify *verify, const struct report *report,
			struct json_object *verified)
{
	struct findings findings = {};

	keep_findings(&report->verified.findings, &findings);
	verdict_add_config_finding(verify, report, &findings);
	document_add_string(verified, "result",
			    verified_name(verdict_judge(verify, report, &findings)));
	set_findings(verify, verified, "findings", &findings);
}

int verify_images(const struct verify *verify, const struct boot_images *images,
		  struct report *report)
{
	struct json_object *verified = report_verified_object(report);
	struct findings findings = {};

	if (!verified)
		return -EINVAL;
	judge_again(verify, report, verified);
	document_add_string(verified, "images_at", verify->at);
	add_images(images, verified);
	if (verify->config->n_wanted)
		next_boot_add_findings(images, &findings);
	check_menu_entry(images, &findings);
	set_findings(verify, verified, "image_findings", &findings);
	return report_read_verified(report);
}

int verify_images_unjudged(struct report *report, const char *path, const char *why)
{
	struct json_object *verified = report_verified_object(report);
	struct findings findings = {};

	if (!verified)
		return -EINVAL;
	document_add_string(verified, "images_at", NULL);
	document_add_array(verified, "images");
	findings_add(&findings, path, SAY_IMAGES_UNJUDGED, why);
	document_append_findings(document_add_array(verified, "image_findings"), &findings);
	findings_done(&findings);
	return report_read_verified(report);
}
