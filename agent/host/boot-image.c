// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judges what one boot image holds: agent, configuration, modules. Compares copies with their sources. Writes
 * nothing.
 */
#include "host/boot-image.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

static void PRINTF_LIKE(2, 3) add_problem(struct boot_image *image, const char *format, ...)
{
	_cleanup_free_ char *text = NULL, *earlier = steal(image->problem);
	va_list arguments;

	va_start(arguments, format);
	text = text_vformat(format, arguments);
	va_end(arguments);
	if (!text)
		image->problem = steal(earlier);
	else if (!earlier)
		image->problem = steal(text);
	else
		image->problem = text_format("%s; %s", earlier, text);
}

/* `part` is the file at fault, or n_files. Of several files its name must be said. */
static void set_unreadable(struct boot_image *image, int r, size_t part)
{
	bool has_name = image->n_files > 1 && part < image->n_files;
	const char *text = image_error_text(r);

	image->state = IMAGE_UNREADABLE;
	if (r == -ENOENT)
		add_problem(image, "the boot menu names it, and it is not there");
	else if (text)
		add_problem(image, "%s%s%s", has_name ? image->files[part].name : "",
			    has_name ? ": " : "", text);
	else
		add_problem(image, "%s cannot be read: %s",
			    has_name ? image->files[part].name : "it", strerror(-r));
}

/* The module in the file at `path`: its name without ".ko", with '_'. */
static void module_name(const char *path, size_t size, char name[static 128])
{
	size_t used = 0;

	for (size_t i = 0; i < size; i++) {
		if (path[i] == '/')
			used = 0;
		else if (strncmp(path + i, ".ko", 3) == 0)
			break;
		else if (used < 127)
			name[used++] = path[i] == '-' ? '_' : path[i];
	}
	name[used] = '\0';
}

static void require_module(struct boot_image *image, const char *name, struct strings *said)
{
	if (strings_have(&image->holds.modules, name) || strings_have(said, name))
		return;
	add_problem(image, "the module %s is not in it", name);
	if (strings_add(said, name) < 0)
		return; /* it may then be named twice */
}

/* Requires each file that a "load MODULE PATH" line of the record names, and always vfio_pci. */
static void check_modules(struct boot_image *image)
{
	CLEANUP(strings_done) struct strings said = {};
	const char *cursor = image->holds.record, *load;
	bool has_vfio_pci = false;
	size_t size;

	if (!cursor || !*cursor)
		add_problem(image, "it has no record of the system it was built on");
	while ((load = text_next_line(&cursor, "load ", &size))) {
		const char *path = memchr(load, ' ', size);
		char name[128];

		if (!path)
			continue;
		path++;
		has_vfio_pci |= has_prefix(load, "vfio_pci ");
		if (has_prefix(path, "builtin"))
			continue;
		module_name(path, strcspn(path, " \n"), name);
		require_module(image, name, &said);
	}
	if (!has_vfio_pci)
		require_module(image, "vfio_pci", &said);
}

static int take_built_at(struct boot_image *image)
{
	const char *cursor = image->holds.record, *time;
	size_t size;

	time = text_next_line(&cursor, "built-at ", &size);
	if (!time)
		return 0;
	image->built_at = strndup(time, size);
	return image->built_at ? 0 : -ENOMEM;
}

/* Compares sizes: a full file system leaves the beginning of a copy. */
static void check_copy(struct boot_image *image, const struct chain_file *file,
		       const struct root *system)
{
	struct stat copy, source;

	if (!file->source || root_stat(file->root, file->path, &copy) < 0 ||
	    root_stat(system, file->source, &source) < 0 || copy.st_size == source.st_size)
		return;
	image->is_broken |= copy.st_size < source.st_size;
	add_problem(image,
		    copy.st_size < source.st_size ?
			    "%s is shorter than %s, of which it is a copy" :
			    "%s is not %s, of which it should be a copy",
		    file->name, file->source);
}

static void check_files(struct boot_image *image, const struct root *system)
{
	image->is_broken = image->entry_kernel.is_missing;
	if (image->entry_kernel.is_missing)
		add_problem(image, "its kernel %s is not there", image->entry_kernel.name);
	else if (image->entry_kernel.path)
		check_copy(image, &image->entry_kernel, system);
	for (size_t i = 0; i < image->n_files; i++)
		check_copy(image, &image->files[i], system);
}

static int read_parts(struct boot_image *image, size_t *ret_part)
{
	struct image_part *parts = calloc(image->n_files, sizeof(*parts));
	int r;

	if (!parts)
		return -ENOMEM;
	for (size_t i = 0; i < image->n_files; i++)
		parts[i] = (struct image_part){
			.root = image->files[i].root,
			.path = image->files[i].path,
			.offset = image->files[i].offset,
			.size = image->files[i].size,
		};
	r = image_read_parts(parts, image->n_files, &image->holds, ret_part);
	free(parts);
	return r;
}

int boot_image_look(const struct root *system, const char *config_sha256,
		    struct boot_image *image)
{
	size_t part;
	int r;

	check_files(image, system);
	r = read_parts(image, &part);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		set_unreadable(image, r, part);
		return 0;
	}
	if (!image->holds.has_agent) {
		image->state = IMAGE_WITHOUT_AGENT;
		return 0;
	}
	if (image->holds.has_config != (*config_sha256 != '\0') ||
	    !streq(image->holds.config_sha256, config_sha256))
		image->state = IMAGE_STALE;
	if (!image->holds.is_first)
		add_problem(image, image->holds.kind ?
					   "the agent is not the first to run in it" :
					   "nothing in it is known to start the agent");
	check_modules(image);
	return take_built_at(image);
}

void boot_image_done(struct boot_image *image)
{
	for (size_t i = 0; i < image->n_files; i++)
		chain_file_done(&image->files[i]);
	free(image->files);
	chain_file_done(&image->entry_kernel);
	free(image->kernel);
	free(image->path);
	free(image->built_at);
	free(image->problem);
	image_done(&image->holds);
}
