// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the boot images that the boot chain leads to; then those at the paths of every builder, which no entry names,
 * or which may boot where the menu is not known. Writes nothing.
 */
#include "host/images.h"

#include "host/boot-image.h"
#include "host/builder.h"

#include <limits.h>
#include <stdio.h>

#define MODULES_FOLDER "/lib/modules"

/* Paths of kernels that need an image, around their release. */
static const struct around kernel_paths[] = {
	{ "/boot/vmlinuz-", "" },	 { "/boot/vmlinux-", "" },
	{ "/lib/modules/", "/vmlinuz" }, { "/lib/modules/", "/vmlinux" },
	{ "/lib/modules/", "/Image" },	 { "/boot/kernel-", "" },
};

/* kernel-install puts a kernel's files into PLACE/TOKEN/RELEASE/. */
static const char *const entry_places[] = { "/boot", "/efi", "/boot/efi" };
static const char *const token_paths[] = { "/etc/kernel/entry-token", "/etc/machine-id" };

const char *image_state_name(enum image_state state)
{
	static const char *const names[] = {
		[IMAGE_CURRENT] = "current",
		[IMAGE_STALE] = "stale",
		[IMAGE_WITHOUT_AGENT] = "without-agent",
		[IMAGE_UNREADABLE] = "unreadable",
		[IMAGE_MISSING] = "missing",
	};

	return names[state];
}

bool boot_image_counts(const struct boot_image *image)
{
	return !image->is_unnamed && !image->is_rescue && !image->is_foreign;
}

void images_done(struct boot_images *images)
{
	for (size_t i = 0; i < images->n; i++)
		boot_image_done(&images->items[i]);
	free(images->items);
	chain_done(&images->chain);
	*images = (struct boot_images){};
}

struct finding_images {
	const struct root *root;
	struct boot_images *images;
	const char *kernel;
	const char *folder; /* the one being listed */
	size_t n_of_kernel;
};

static struct boot_image *append(struct boot_images *images, const char *kernel)
{
	struct boot_image *image;

	if (array_reserve(&images->items, images->n, &images->capacity, sizeof(*image)) < 0)
		return NULL;
	image = &images->items[images->n++];
	*image = (struct boot_image){ .kernel = strdup(kernel) };
	return image->kernel ? image : NULL;
}

/* By the menu -------------------------------------------------------------------------------- */

static bool is_same_file(const struct chain_file *a, const struct chain_file *b)
{
	return a->root == b->root && a->offset == b->offset && streq(a->path, b->path);
}

static struct boot_image *find_image(const struct boot_images *images,
				     const struct chain_entry *entry)
{
	for (size_t i = 0; i < images->n; i++) {
		struct boot_image *image = &images->items[i];
		bool is_same = image->n_files == entry->n_images && image->n_files;

		for (size_t k = 0; is_same && k < image->n_files; k++)
			is_same = is_same_file(&image->files[k], &entry->images[k]);
		if (is_same)
			return image;
	}
	return NULL;
}

static int copy_files(struct boot_image *image, const struct chain_entry *entry)
{
	int r = chain_file_copy(&entry->kernel, &image->entry_kernel);

	image->files = calloc(entry->n_images, sizeof(*image->files));
	if (!image->files)
		return -ENOMEM;
	for (; image->n_files < entry->n_images && r == 0; image->n_files++)
		r = chain_file_copy(&entry->images[image->n_files],
				    &image->files[image->n_files]);
	image->path = r == 0 ? strdup(image->files[image->n_files - 1].name) : NULL;
	return image->path ? r : -ENOMEM;
}

/* A removed kernel's entry names two files that are gone: it starts nothing. */
static bool is_dead(const struct chain_entry *entry)
{
	bool is_dead = entry->kernel.is_missing;

	for (size_t i = 0; i < entry->n_images; i++)
		is_dead = is_dead && entry->images[i].is_missing;
	return is_dead;
}

static int add_by_entry(struct boot_images *images, const struct chain_entry *entry)
{
	struct boot_image *image;
	int r = 0;

	/* Memory tests, firmware setup and other systems have no image of ours. */
	if (is_dead(entry) || !entry->kernel.path ||
	    (entry->is_foreign && entry->kind != ENTRY_UNIFIED) ||
	    (!entry->n_images && !entry->release))
		return 0;
	image = find_image(images, entry);
	if (!image) {
		image = append(images, entry->release ?: "?");
		if (!image)
			return -ENOMEM;
		image->is_rescue = image->is_foreign = true;
		if (entry->n_images)
			r = copy_files(image, entry);
		else
			image->state = IMAGE_MISSING;
	}
	image->is_default |= entry->is_default;
	image->is_booted |= entry->is_booted;
	image->is_rescue &= entry->is_rescue;
	image->is_foreign &= entry->is_foreign;
	return r;
}

static int add_by_menu(struct boot_images *images)
{
	int r = 0;

	for (size_t i = 0; i < images->chain.n_entries && r == 0; i++)
		r = add_by_entry(images, &images->chain.entries[i]);
	return r;
}

/* Does an entry start this file, or a copy of it? */
static bool is_in_menu(const struct finding_images *finding, const char *path)
{
	const struct boot_images *images = finding->images;

	for (size_t i = 0; i < images->n; i++)
		for (size_t k = 0; k < images->items[i].n_files; k++) {
			const struct chain_file *file = &images->items[i].files[k];

			if ((file->root == finding->root && streq(file->path, path)) ||
			    (file->source && streq(file->source, path)))
				return true;
		}
	return false;
}

/* By the builders' own paths ----------------------------------------------------------------- */

static int add_image(struct finding_images *finding, const char *path)
{
	struct boot_image *image;

	finding->n_of_kernel++;
	if (path && is_in_menu(finding, path))
		return 0;
	image = append(finding->images, finding->kernel);
	if (!image)
		return -ENOMEM;
	image->is_unnamed = finding->images->chain.n_entries;
	if (!path) {
		image->state = IMAGE_MISSING;
		return 0;
	}
	image->path = strdup(path);
	image->files = calloc(1, sizeof(*image->files));
	if (!image->path || !image->files)
		return -ENOMEM;
	image->n_files = 1;
	*image->files = (struct chain_file){
		.root = finding->root,
		.path = strdup(path),
		.name = strdup(path),
	};
	return image->files->path && image->files->name ? 0 : -ENOMEM;
}

/* Adds one builder's images; `name` is the kernel's release or its package. */
static int add_images_around(struct finding_images *finding,
			     const struct around around[2], const char *name)
{
	char path[PATH_MAX];
	int r = 0;

	for (size_t i = 0; i < 2 && around[i].before && r == 0; i++) {
		snprintf(path, sizeof(path), "%s%s%s", around[i].before, name,
			 around[i].after);
		if (root_exists(finding->root, path))
			r = add_image(finding, path);
	}
	return r;
}

/* Arch names images by package ("linux-lts"), which the file pkgbase among the modules holds. */
static int add_builders_images(struct finding_images *finding, const char *package)
{
	int r = 0;

	for (size_t i = 0; i < BUILDERS_MAX && r == 0; i++) {
		r = add_images_around(finding, builders[i].images, finding->kernel);
		if (r == 0 && *package)
			r = add_images_around(finding, builders[i].package_images, package);
	}
	return r;
}

/* "initrd", "initrd.img-6.1.0", "initramfs-6.12.img": not the kernel, "linux". */
static int add_entry_image(const char *name, void *data)
{
	struct finding_images *finding = data;
	char path[PATH_MAX];

	if (!has_prefix(name, "initrd") && !has_prefix(name, "initramfs"))
		return 0;
	if (snprintf(path, sizeof(path), "%s/%s", finding->folder, name) >=
	    (int)sizeof(path))
		return 0;
	return add_image(finding, path);
}

static int add_entry_images(struct finding_images *finding)
{
	char token[256] = "", folder[PATH_MAX];
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(token_paths); i++)
		if (root_read_line(finding->root, token_paths[i], token, sizeof(token)) > 0)
			break;
	if (!*token || strchr(token, '/'))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(entry_places); i++) {
		snprintf(folder, sizeof(folder), "%s/%s/%s", entry_places[i], token,
			 finding->kernel);
		finding->folder = folder;
		r = root_list(finding->root, folder, add_entry_image, finding);
		if (r == -ENOMEM)
			return r;
	}
	return 0;
}

static bool has_kernel(const struct root *root, const char *release)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(kernel_paths); i++) {
		snprintf(path, sizeof(path), "%s%s%s", kernel_paths[i].before, release,
			 kernel_paths[i].after);
		if (root_exists(root, path))
			return true;
	}
	return false;
}

static int add_kernel(const char *release, void *data)
{
	struct finding_images *finding = data;
	char path[PATH_MAX], package[128];
	int r;

	finding->kernel = release;
	finding->n_of_kernel = 0;
	snprintf(path, sizeof(path), MODULES_FOLDER "/%s/pkgbase", release);
	if (root_read_line(finding->root, path, package, sizeof(package)) <= 0 ||
	    strchr(package, '/'))
		*package = '\0';
	/* A removed kernel leaves its modules behind. */
	if (!has_kernel(finding->root, release) && !*package)
		return 0;
	r = add_builders_images(finding, package);
	if (r == 0)
		r = add_entry_images(finding);
	/* With a menu a kernel without an image is an entry without one. */
	if (r == 0 && !finding->n_of_kernel && !finding->images->chain.n_entries)
		r = add_image(finding, NULL);
	return r;
}

static int compare_kernels(const void *a, const void *b)
{
	const struct boot_image *x = a, *y = b;
	int order = strverscmp(x->kernel, y->kernel);

	if (order || !x->path || !y->path)
		return order;
	return strcmp(x->path, y->path);
}

static int find(const struct root *root, struct boot_images *images)
{
	struct finding_images finding = { .root = root, .images = images };
	int r;

	r = chain_read(root, &images->chain);
	if (r == 0)
		r = add_by_menu(images);
	if (r < 0)
		return r;
	r = root_list(root, MODULES_FOLDER, add_kernel, &finding);
	if (r < 0 && r != -ENOENT)
		return r;
	if (images->n)
		qsort(images->items, images->n, sizeof(*images->items), compare_kernels);
	return 0;
}

int images_find(const struct root *root, struct boot_images *ret_images)
{
	struct boot_images images = {};
	int r = find(root, &images);

	if (r < 0) {
		images_done(&images);
		return r;
	}
	chain_unmount(&images.chain);
	*ret_images = images;
	return 0;
}

int images_read(const struct root *root, const char *config_sha256,
		struct boot_images *ret_images)
{
	struct boot_images images = {};
	int r = find(root, &images);

	for (size_t i = 0; i < images.n && r == 0; i++)
		if (images.items[i].path)
			r = boot_image_look(root, config_sha256 ? config_sha256 : "",
					    &images.items[i]);
	if (r < 0) {
		images_done(&images);
		return r;
	}
	chain_unmount(&images.chain);
	*ret_images = images;
	return 0;
}
