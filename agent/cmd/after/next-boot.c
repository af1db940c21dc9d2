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

/* The default entry's images; all that count where the default is not known. */
static bool is_next(const struct boot_images *images, const struct boot_image *image)
{
	bool has_default = false;

	for (size_t i = 0; i < images->n; i++)
		has_default |= images->items[i].is_default;
	return has_default ? image->is_default : boot_image_counts(image);
}

enum next_boot next_boot_judge(const struct boot_images *images, time_t started, time_t now)
{
	enum next_boot answer = NEXT_BOOT_LACKS_IT;

	for (size_t i = 0; i < images->n; i++) {
		const struct boot_image *image = &images->items[i];

		if (!is_next(images, image))
			continue;
		if (image->state == IMAGE_CURRENT && is_newer(image, started, now))
			return NEXT_BOOT_HAS_IT;
		if (image->state == IMAGE_CURRENT)
			answer = NEXT_BOOT_IGNORES_IT;
		else if (image->state == IMAGE_UNREADABLE && answer == NEXT_BOOT_LACKS_IT)
			answer = NEXT_BOOT_UNKNOWN;
	}
	return answer;
}

/* The system's own file, of which the menu's may be a copy with the same time or a later one. */
static const char *own_file(const struct root *root, const struct boot_image *image)
{
	const struct chain_file *file =
		image->n_files ? &image->files[image->n_files - 1] : NULL;

	return !file		  ? NULL :
	       file->source	  ? file->source :
	       file->root == root ? file->path :
				    NULL;
}

bool next_boot_may_have_it(const struct root *root, time_t started)
{
	CLEANUP(images_done) struct boot_images images = {};
	struct stat status;

	if (started == -1 || images_find(root, &images) < 0)
		return false;
	for (size_t i = 0; i < images.n; i++) {
		const char *path = own_file(root, &images.items[i]);

		if (path && root_stat(root, path, &status) == 0 &&
		    status.st_mtime >= started)
			return true;
	}
	return false;
}

/* What a reader must know of an image that may be as it is; "": nothing. */
static const char *exception(const struct boot_image *image)
{
	return image->is_unnamed ? " (no entry of the boot menu starts it)" :
	       image->is_rescue	 ? " (only a rescue or fallback entry starts it)" :
	       image->is_foreign ? " (no builder of this system makes it)" :
				   "";
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
		findings_add(findings, image->kernel, SAY_IMAGE_STALE, path,
			     exception(image));
		break;
	case IMAGE_WITHOUT_AGENT: /* a rescue image had better claim nothing */
		if (boot_image_counts(image))
			findings_add(findings, image->kernel, SAY_IMAGE_WITHOUT_AGENT,
				     path);
		break;
	case IMAGE_CURRENT:
		if (image->problem)
			findings_add_as(findings, SEVERITY_WARNING, image->kernel,
					SAY_IMAGE_PROBLEM, path, image->problem);
		break;
	case IMAGE_UNREADABLE:
		if (!image->is_unnamed)
			add_unreadable(image, path, findings);
		break;
	case IMAGE_MISSING: /* left-over modules, or a kernel that needs no image */
		break;
	}
}

static void add_volume(const struct chain_volume *volume, struct findings *findings)
{
	if (volume->state == VOLUME_ABSENT)
		findings_add(findings, volume->name, SAY_VOLUME_ABSENT);
	else if (volume->state != VOLUME_READ && geteuid() == 0)
		findings_add(findings, volume->name, SAY_VOLUME_UNREAD);
}

void next_boot_add_findings(const struct boot_images *images, struct findings *findings)
{
	const struct chain *chain = &images->chain;

	for (size_t i = 0; i < images->n; i++)
		add_finding(&images->items[i], findings);
	for (size_t i = 0; i < chain->n_volumes && !chain->is_complete; i++)
		add_volume(&chain->volumes[i], findings);
}
