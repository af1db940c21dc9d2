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
#include "host/boot-entry.h"
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

/* A kernel that is removed without kernel-install leaves the entry that names it. */
static void check_menu_entry(const struct root *root, struct findings *findings)
{
	CLEANUP(strings_done) struct strings paths = {};

	if (boot_entry_find_ours(root, &paths) < 0)
		return;
	for (size_t i = 0; i < paths.n; i++) {
		_cleanup_free_ char *missing =
			boot_entry_find_missing(root, paths.items[i]);

		if (missing)
			findings_add(findings, paths.items[i], SAY_ENTRY_STALE, missing);
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

static void set_findings(struct json_object *verified, const char *key,
			 struct findings *findings)
{
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
	set_findings(verified, "findings", &findings);
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
	check_menu_entry(verify->root, &findings);
	set_findings(verified, "image_findings", &findings);
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
	set_findings(verified, "image_findings", &findings);
	return report_read_verified(report);
}
