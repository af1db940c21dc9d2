// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judges by the boot images whether the next boot uses the configuration as it is now. Opens no image;
 * next_boot_may_have_it() asks for their times.
 */
#include "cmd/after/next-boot.h"

#include "model/finding.h"

#include <sys/stat.h>

static time_t parse_iso(const char *text)
{
	struct tm utc = {};
	const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc) : NULL;

	return end && !*end ? timegm(&utc) : -1;
}

static bool is_newer(const struct boot_image *image, time_t started, time_t now)
{
	time_t built = parse_iso(image->built_at);

	return started == -1 || (built >= started && built <= now);
}

enum next_boot next_boot_judge(const struct boot_images *images, time_t started, time_t now)
{
	enum next_boot answer = NEXT_BOOT_LACKS_IT;

	for (size_t i = 0; i < images->n; i++) {
		const struct boot_image *image = &images->items[i];

		if (image->state == IMAGE_CURRENT && is_newer(image, started, now))
			return NEXT_BOOT_HAS_IT;
		if (image->state == IMAGE_CURRENT)
			answer = NEXT_BOOT_IGNORES_IT;
		else if (image->state == IMAGE_UNREADABLE && answer == NEXT_BOOT_LACKS_IT)
			answer = NEXT_BOOT_UNKNOWN;
	}
	return answer;
}

/* Copies keep the time of the image that they were made from, or get a later one. */
bool next_boot_may_have_it(const struct root *root, time_t started)
{
	CLEANUP(images_done) struct boot_images images = {};
	struct stat status;

	if (started == -1 || images_find(root, &images) < 0)
		return false;
	for (size_t i = 0; i < images.n; i++)
		if (images.items[i].path &&
		    root_stat(root, images.items[i].path, &status) == 0 &&
		    status.st_mtime >= started)
			return true;
	return false;
}

static void add_unreadable(const struct boot_image *image, const char *path,
			   struct findings *findings)
{
	if (geteuid() != 0) /* then that says nothing about the image */
		return;
	if (image->problem)
		findings_add_as(findings, SEVERITY_WARNING, image->kernel,
				SAY_IMAGE_UNREADABLE_WHY, path, image->problem);
	else
		findings_add_as(findings, SEVERITY_WARNING, image->kernel,
				SAY_IMAGE_UNREADABLE, path);
}

static void add_finding(const struct boot_image *image, struct findings *findings)
{
	const char *path = image->path ? image->path : image->kernel;

	switch (image->state) {
	case IMAGE_STALE:
		findings_add(findings, image->kernel, SAY_IMAGE_STALE, path);
		break;
	case IMAGE_WITHOUT_AGENT:
		findings_add(findings, image->kernel, SAY_IMAGE_WITHOUT_AGENT, path);
		break;
	case IMAGE_CURRENT:
		if (image->problem)
			findings_add_as(findings, SEVERITY_WARNING, image->kernel,
					SAY_IMAGE_PROBLEM, path, image->problem);
		break;
	case IMAGE_UNREADABLE:
		add_unreadable(image, path, findings);
		break;
	case IMAGE_MISSING: /* left-over modules, or a kernel that needs no image */
		break;
	}
}

void next_boot_add_findings(const struct boot_images *images, struct findings *findings)
{
	for (size_t i = 0; i < images->n; i++)
		add_finding(&images->items[i], findings);
}
