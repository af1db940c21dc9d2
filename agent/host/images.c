// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the installed kernels and their boot images, and reads whether each image contains the agent
 * and the present configuration. Writes nothing.
 */
#include "host/images.h"

#include "host/builder.h"

#include <limits.h>
#include <stdarg.h>
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

static void boot_image_done(struct boot_image *image)
{
	free(image->kernel);
	free(image->path);
	free(image->built_at);
	free(image->problem);
	image_done(&image->holds);
}

void images_done(struct boot_images *images)
{
	for (size_t i = 0; i < images->n; i++)
		boot_image_done(&images->items[i]);
	free(images->items);
	*images = (struct boot_images){};
}

/* Kernels and their images --------------------------------------------------------------- */

struct finding_images {
	const struct root *root;
	struct boot_images *images;
	const char *kernel;
	const char *folder; /* the one being listed */
	size_t n_of_kernel;
};

static int add_image(struct finding_images *finding, const char *path)
{
	struct boot_images *images = finding->images;
	struct boot_image image = { .state = path ? IMAGE_CURRENT : IMAGE_MISSING };

	if (array_reserve(&images->items, images->n, &images->capacity, sizeof(image)) < 0)
		return -ENOMEM;
	image.kernel = strdup(finding->kernel);
	image.path = path ? strdup(path) : NULL;
	if (!image.kernel || (path && !image.path)) {
		boot_image_done(&image);
		return -ENOMEM;
	}
	images->items[images->n++] = image;
	finding->n_of_kernel++;
	return 0;
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
	if (r == 0 && !finding->n_of_kernel)
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

int images_find(const struct root *root, struct boot_images *ret_images)
{
	struct boot_images images = {};
	struct finding_images finding = { .root = root, .images = &images };
	int r;

	r = root_list(root, MODULES_FOLDER, add_kernel, &finding);
	if (r < 0 && r != -ENOENT) {
		images_done(&images);
		return r;
	}
	if (images.n)
		qsort(images.items, images.n, sizeof(*images.items), compare_kernels);
	*ret_images = images;
	return 0;
}

/* Contents of an image --------------------------------------------------------------------- */

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

static void set_unreadable(struct boot_image *image, int r)
{
	const char *text = image_error_text(r);

	image->state = IMAGE_UNREADABLE;
	if (text)
		add_problem(image, "%s", text);
	else
		add_problem(image, "it cannot be read: %s", strerror(-r));
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

static int look_into(const struct root *root, const char *config_sha256,
		     struct boot_image *image)
{
	int r;

	r = image_read(root, image->path, &image->holds);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		set_unreadable(image, r);
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

int images_read(const struct root *root, const char *config_sha256,
		struct boot_images *ret_images)
{
	struct boot_images images;
	int r;

	r = images_find(root, &images);
	if (r < 0)
		return r;
	for (size_t i = 0; i < images.n && r == 0; i++)
		if (images.items[i].path)
			r = look_into(root, config_sha256 ? config_sha256 : "",
				      &images.items[i]);
	if (r < 0) {
		images_done(&images);
		return r;
	}
	*ret_images = images;
	return 0;
}
