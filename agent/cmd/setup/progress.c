// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tells which image of how many is being built, and how long each took. Judges nothing: an image counts
 * as built only after it was opened.
 */
#include "cmd/setup/progress.h"

#include "base/text.h"

static size_t count_paths(const struct boot_images *images)
{
	size_t n = 0;

	for (size_t i = 0; i < images->n; i++)
		n += images->items[i].path != NULL;
	return n;
}

/* The kernel that the line names: of "6.1" and "6.1-rt" the longer one. NULL: none of them. */
static const char *find_kernel(const struct boot_images *images, const char *line)
{
	const char *found = NULL;

	for (size_t i = 0; i < images->n; i++)
		if (strstr(line, images->items[i].kernel) &&
		    (!found || strlen(images->items[i].kernel) > strlen(found)))
			found = images->items[i].kernel;
	return found;
}

static void end_image(struct progress *progress, const char *how, int64_t now_ms)
{
	if (progress->is_open)
		fprintf(progress->stream, "%s ... %s %lld s\n",
			progress->is_among_lines ? " " : "", how,
			(long long)(now_ms - progress->since_ms + 500) / 1000);
	progress->is_open = false;
	progress->since_ms = now_ms;
}

void progress_take(struct progress *progress, const char *line, int64_t now_ms)
{
	size_t total = count_paths(progress->images);
	const char *kernel;

	if (!progress->mark || !strstr(line, progress->mark))
		return;
	kernel = find_kernel(progress->images, line);
	if (!kernel) /* dracut's first line is about all kernels */
		return;
	end_image(progress, "done in", now_ms);
	fprintf(progress->stream, "  image %zu", ++progress->n_begun);
	if (progress->n_begun <= total)
		fprintf(progress->stream, " of %zu", total);
	fprintf(progress->stream, ": %s%s", kernel, progress->is_among_lines ? "\n" : "");
	fflush(progress->stream);
	progress->is_open = true;
}

void progress_end(struct progress *progress, bool is_good, int64_t now_ms)
{
	if (!progress->n_begun) {
		fprintf(progress->stream, "  all images");
		progress->is_open = true;
	}
	end_image(progress, is_good ? "done in" : "failed after", now_ms);
}
