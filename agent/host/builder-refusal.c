// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds what the configuration of the image builder keeps it from: an exit code says nothing of that. Reads
 * it before anything is built. Only the images, once they are built and opened, prove the contrary.
 */
#include "host/builder-refusal.h"

#include "host/names.h"
#include "host/setting.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#define HOOK "vfio-claim"
#define MKINITCPIO_CONF "/etc/mkinitcpio.conf"
#define MKINITCPIO_DROP_INS "/etc/mkinitcpio.conf.d"
#define PRESETS_FOLDER "/etc/mkinitcpio.d"

struct checking {
	const struct root *root;
	const struct builder *builder;
	struct builder_refusals *refusals;
};

void builder_refusals_done(struct builder_refusals *refusals)
{
	for (size_t i = 0; i < refusals->n; i++) {
		free(refusals->items[i].where);
		free(refusals->items[i].text);
	}
	free(refusals->items);
	*refusals = (struct builder_refusals){};
}

/* Takes ownership of `where`. */
static int PRINTF_LIKE(5, 6) add(const struct checking *checking, enum refusal_kind kind,
				 char *where, const char *remedy, const char *format, ...)
{
	struct builder_refusals *refusals = checking->refusals;
	struct builder_refusal refusal = { kind, where, NULL, remedy };
	va_list arguments;

	va_start(arguments, format);
	refusal.text = text_vformat(format, arguments);
	va_end(arguments);
	if (!where || !refusal.text ||
	    array_reserve(&refusals->items, refusals->n, &refusals->capacity,
			  sizeof(refusal)) < 0) {
		free(where);
		free(refusal.text);
		return -ENOMEM;
	}
	refusals->items[refusals->n++] = refusal;
	return 0;
}

static char *format_origin(const struct setting_origin *origin)
{
	return text_format("%s:%u", origin->path, origin->line);
}

/* Files of configuration folders ---------------------------------------------------------- */

struct listing {
	const char *suffix;
	struct strings names;
};

static int take_name(const char *name, void *data)
{
	struct listing *listing = data;

	if (!has_suffix(name, listing->suffix))
		return 0;
	return strings_add_once(&listing->names, name);
}

static int list(const struct root *root, const char *folder, struct listing *listing)
{
	int r = root_list(root, folder, take_name, listing);

	return r == -ENOMEM ? r : 0;
}

/* initramfs-tools --------------------------------------------------------------------------- */

/* update-initramfs(8): `no` leaves the images of all kernels but newly installed ones alone. */
static int check_update_initramfs(const struct checking *checking)
{
	CLEANUP(setting_done) struct setting setting = {};
	const struct setting_word *no;
	int r;

	r = setting_read(checking->root, "/etc/initramfs-tools/update-initramfs.conf",
			 "update_initramfs", &setting);
	no = setting_find(&setting, "no");
	if (r < 0 || !no)
		return r;
	return add(checking, REFUSAL_OF_ALL, format_origin(&no->origin),
		   "change that line to update_initramfs=yes",
		   "'update_initramfs=no' keeps update-initramfs from building any image, and it ends well "
		   "all the same");
}

static int add_diversion(const struct checking *checking, const char *package, size_t size)
{
	return add(checking, REFUSAL_MAYBE, strdup("/usr/sbin/update-initramfs"),
		   "remove that package, unless its program builds the images that this system boots",
		   "the package '%.*s' has put a program of its own in the place of initramfs-tools'",
		   (int)size, package);
}

/* Live systems replace the program. dpkg keeps three lines for each diversion: path, new path, package. */
static int check_diversion(const struct checking *checking)
{
	_cleanup_free_ char *text = NULL;
	const char *cursor, *path, *package;
	size_t size, package_size;

	if (root_read_file(checking->root, "/var/lib/dpkg/diversions", 1 << 20, &text,
			   &size) < 0)
		return 0;
	cursor = text;
	while ((path = text_next_line(&cursor, "", &size))) {
		bool is_ours =
			span_equal((struct span){ path, size },
				   "/usr/sbin/update-initramfs") ||
			span_equal((struct span){ path, size }, "/sbin/update-initramfs");

		if (!text_next_line(&cursor, "", &size) ||
		    !(package = text_next_line(&cursor, "", &package_size)))
			break;
		if (is_ours)
			return add_diversion(checking, package, package_size);
	}
	return 0;
}

/* dracut ------------------------------------------------------------------------------------ */

/* A file in /etc replaces one of the same name (dracut.conf(5)). */
static int read_dracut(const struct root *root, const char *key, struct setting *setting)
{
	static const char *const folders[] = { "/etc/dracut.conf.d",
					       "/usr/lib/dracut/dracut.conf.d" };
	CLEANUP(setting_done) struct setting read = {};
	struct listing listing = { .suffix = ".conf" };
	char path[PATH_MAX];
	int r;

	r = setting_read(root, "/etc/dracut.conf", key, &read);
	for (size_t i = 0; i < ARRAY_SIZE(folders) && r == 0; i++)
		r = list(root, folders[i], &listing);
	strings_sort(&listing.names);
	for (size_t i = 0; i < listing.names.n && r == 0; i++) {
		size_t k = 0;

		do
			snprintf(path, sizeof(path), "%s/%s", folders[k],
				 listing.names.items[i]);
		while (!root_exists(root, path) && ++k < ARRAY_SIZE(folders));
		r = setting_read(root, path, key, &read);
	}
	strings_done(&listing.names);
	*setting = read;
	read = (struct setting){};
	return r;
}

static int check_omitted_module(const struct checking *checking)
{
	CLEANUP(setting_done) struct setting setting = {};
	const struct setting_word *ours;
	int r;

	r = read_dracut(checking->root, "omit_dracutmodules", &setting);
	ours = setting_find(&setting, HOOK);
	if (r < 0 || !ours)
		return r;
	return add(checking, REFUSAL_OF_CLAIM, format_origin(&ours->origin),
		   "remove the word from that line",
		   "omit_dracutmodules has '" HOOK "', so dracut leaves the agent out");
}

/* `dracutmodules` replaces all modules that dracut would choose. */
static int check_chosen_modules(const struct checking *checking)
{
	CLEANUP(setting_done) struct setting setting = {};
	int r;

	r = read_dracut(checking->root, "dracutmodules", &setting);
	if (r < 0 || !setting.n || setting_find(&setting, HOOK) ||
	    setting_find(&setting, "all"))
		return r;
	return add(checking, REFUSAL_OF_CLAIM, format_origin(&setting.last),
		   "add '" HOOK "' to that line, or remove the line",
		   "dracutmodules lacks '" HOOK "', so dracut leaves the agent out");
}

/* dracut reads '-' as '_'. */
static bool is_our_driver(const char *driver)
{
	static const char *const drivers[] = { "vfio",		"vfio_pci",
					       "vfio_pci_core", "vfio_iommu_type1",
					       "vfio_virqfd",	"irqbypass" };
	char name[64];
	size_t n = strlen(driver);

	if (n >= sizeof(name))
		return false;
	for (size_t i = 0; i <= n; i++)
		name[i] = driver[i] == '-' ? '_' : driver[i];
	return text_find(drivers, ARRAY_SIZE(drivers), name) < ARRAY_SIZE(drivers);
}

static int check_omitted_drivers(const struct checking *checking)
{
	CLEANUP(setting_done) struct setting setting = {};
	int r;

	r = read_dracut(checking->root, "omit_drivers", &setting);
	for (size_t i = 0; i < setting.n && r == 0; i++)
		if (is_our_driver(setting.words[i].text))
			return add(checking, REFUSAL_OF_CLAIM,
				   format_origin(&setting.words[i].origin),
				   "remove the word from that line",
				   "omit_drivers has '%s', which the claim needs",
				   setting.words[i].text);
	return r;
}

/* mkinitcpio -------------------------------------------------------------------------------- */

/* Drop-ins are read after the main file, in the order of `sort -V`; not where a preset names a file. */
static int read_hooks(const struct root *root, const char *config,
		      struct setting *ret_hooks, bool *ret_has_drop_in)
{
	struct listing listing = { .suffix = ".conf" };
	char path[PATH_MAX];
	int r;

	*ret_has_drop_in = false;
	r = setting_read(root, config ?: MKINITCPIO_CONF, "HOOKS", ret_hooks);
	if (r == 0 && !config)
		r = list(root, MKINITCPIO_DROP_INS, &listing);
	names_sort_versions(&listing.names);
	for (size_t i = 0; i < listing.names.n && r == 0; i++) {
		struct setting_origin before = ret_hooks->last;

		snprintf(path, sizeof(path), MKINITCPIO_DROP_INS "/%s",
			 listing.names.items[i]);
		ret_hooks->last = (struct setting_origin){};
		r = setting_read(root, path, "HOOKS", ret_hooks);
		if (ret_hooks->last.path) {
			free(before.path);
			*ret_has_drop_in = false; /* a later file replaces what ours did */
		} else {
			ret_hooks->last = before;
		}
		*ret_has_drop_in |= streq(listing.names.items[i], "zz-vfio-claim.conf");
	}
	strings_done(&listing.names);
	return r;
}

static size_t place_of(const struct setting *hooks, const char *name)
{
	const struct setting_word *word = setting_find(hooks, name);

	return word ? (size_t)(word - hooks->words) : SIZE_MAX;
}

/* The hooks of an image without systemd run in their order; with systemd, ours adds a unit to its. */
static int judge_hooks(const struct checking *checking, const struct setting *hooks)
{
	size_t ours = place_of(hooks, HOOK);
	size_t udev = place_of(hooks, "udev"), systemd = place_of(hooks, "systemd");

	if (ours == SIZE_MAX)
		return add(checking, REFUSAL_OF_CLAIM, format_origin(&hooks->last),
			   "put '" HOOK "' directly before 'udev' or after 'systemd'",
			   "HOOKS lacks '" HOOK "', so mkinitcpio leaves the agent out");
	if (systemd != SIZE_MAX && ours < systemd)
		return add(checking, REFUSAL_OF_CLAIM, format_origin(&hooks->last),
			   "put '" HOOK "' directly after 'systemd'",
			   "in HOOKS '" HOOK
			   "' stands before 'systemd', and cannot be built in");
	if (systemd == SIZE_MAX && udev < ours)
		return add(checking, REFUSAL_OF_CLAIM, format_origin(&hooks->last),
			   "put '" HOOK "' directly before 'udev'",
			   "in HOOKS '" HOOK
			   "' stands behind 'udev', which loads the drivers that the agent "
			   "must be faster than");
	return 0;
}

static int check_hooks_of(const struct checking *checking, const char *config)
{
	CLEANUP(setting_done) struct setting hooks = {};
	bool has_drop_in;
	int r;

	r = read_hooks(checking->root, config, &hooks, &has_drop_in);
	if (r < 0 || has_drop_in || !hooks.last.path)
		return r;
	return judge_hooks(checking, &hooks);
}

struct preset {
	const struct checking *checking;
	const char *name; /* "linux" */
	char path[PATH_MAX];
	struct setting presets;
};

static int read_of_preset(const struct preset *preset, const char *which,
			  const char *what, struct setting *ret_setting)
{
	char key[128];

	snprintf(key, sizeof(key), "%s_%s", which, what);
	return setting_read(preset->checking->root, preset->path, key, ret_setting);
}

/* Each configuration once, and the default where a preset names none. */
static int add_configs(const struct preset *preset, bool *uses_default,
		       struct strings *configs)
{
	CLEANUP(setting_done) struct setting all = {};
	int r = read_of_preset(preset, "ALL", "config", &all);

	for (size_t i = 0; i < preset->presets.n && r == 0; i++) {
		CLEANUP(setting_done) struct setting own = {};
		const struct setting *named = &own;

		r = read_of_preset(preset, preset->presets.words[i].text, "config", &own);
		if (!own.n)
			named = &all;
		if (r == 0 && named->n)
			r = strings_add_once(configs, named->words[0].text);
		*uses_default |= !named->n;
	}
	return r;
}

static int is_built(const struct preset *preset, const char *path)
{
	int r = 0;

	for (size_t i = 0; i < preset->presets.n && r == 0; i++) {
		CLEANUP(setting_done) struct setting image = {};

		r = read_of_preset(preset, preset->presets.words[i].text, "image", &image);
		if (r == 0)
			r = setting_find(&image, path) != NULL;
	}
	return r;
}

/* An image that was built once stays as it was, and a menu may still name it. */
static int check_stale(const struct preset *preset)
{
	static const char *const suffixes[] = { "", "-fallback" };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes) && r >= 0; i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "/boot/initramfs-%s%s.img", preset->name,
			 suffixes[i]);
		if (!root_exists(preset->checking->root, path))
			continue;
		r = is_built(preset, path);
		if (r == 0)
			r = add(preset->checking, REFUSAL_MAYBE,
				format_origin(&preset->presets.last),
				"remove the image and the menu's entry for it, or let a preset build it",
				"no preset of this file builds '%s', which is there and stays as it is",
				path);
	}
	return r < 0 ? r : 0;
}

static int check_preset(const struct checking *checking, const char *file,
			bool *uses_default, struct strings *configs)
{
	_cleanup_free_ char *name = strndup(file, strlen(file) - strlen(".preset"));
	struct preset preset = { .checking = checking, .name = name };
	int r;

	if (!name)
		return -ENOMEM;
	snprintf(preset.path, sizeof(preset.path), PRESETS_FOLDER "/%s", file);
	r = setting_read(checking->root, preset.path, "PRESETS", &preset.presets);
	if (r == 0)
		r = add_configs(&preset, uses_default, configs);
	if (r == 0 && preset.presets.last.path)
		r = check_stale(&preset);
	setting_done(&preset.presets);
	return r;
}

static int check_mkinitcpio(const struct checking *checking)
{
	struct listing listing = { .suffix = ".preset" };
	CLEANUP(strings_done) struct strings configs = {};
	bool uses_default = false;
	int r;

	r = list(checking->root, PRESETS_FOLDER, &listing);
	strings_sort(&listing.names);
	for (size_t i = 0; i < listing.names.n && r == 0; i++)
		r = check_preset(checking, listing.names.items[i], &uses_default, &configs);
	if (r == 0 && (uses_default || !listing.names.n))
		r = check_hooks_of(checking, NULL);
	for (size_t i = 0; i < configs.n && r == 0; i++)
		r = check_hooks_of(checking, configs.items[i]);
	strings_done(&listing.names);
	return r;
}

/* kernel-install ---------------------------------------------------------------------------- */

/* A link to /dev/null or an empty file in /etc hides a script of the same name (kernel-install(8)). */
static bool is_masked(const struct root *root, const char *name)
{
	char path[128], target[PATH_MAX];
	struct stat status;

	snprintf(path, sizeof(path), "/usr/lib/kernel/install.d/%s", name);
	if (!root_exists(root, path))
		return false;
	snprintf(path, sizeof(path), "/etc/kernel/install.d/%s", name);
	if (root_readlink(root, path, target, sizeof(target)) == 0)
		return streq(target, "/dev/null");
	return root_stat(root, path, &status) == 0 && S_ISREG(status.st_mode) &&
	       status.st_size == 0;
}

static int check_masks(const struct checking *checking)
{
	static const struct {
		const char *builder, *script, *follows; /* builder NULL: any */
	} scripts[] = {
		{ "dracut", "50-dracut.install",
		  "the script is masked, so kernel-install builds no image for a new kernel" },
		{ "mkinitcpio", "50-mkinitcpio.install",
		  "the script is masked, so kernel-install builds no image for a new kernel" },
		{ NULL, "95-vfio-claim.install",
		  "the script is masked, so a menu's entry without the claim keeps naming the kernel that it "
		  "names now" },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(scripts) && r == 0; i++)
		if ((!scripts[i].builder ||
		     streq(scripts[i].builder, checking->builder->name)) &&
		    is_masked(checking->root, scripts[i].script))
			r = add(checking, REFUSAL_MAYBE,
				text_format("/etc/kernel/install.d/%s", scripts[i].script),
				"remove that file", "%s", scripts[i].follows);
	return r;
}

static int check_generator(const struct checking *checking)
{
	CLEANUP(setting_done) struct setting setting = {};
	int r;

	if (!streq(checking->builder->name, "dracut") &&
	    !streq(checking->builder->name, "mkinitcpio"))
		return 0;
	r = setting_read(checking->root, "/etc/kernel/install.conf", "initrd_generator",
			 &setting);
	if (r < 0 || !setting.n || streq(setting.words[0].text, checking->builder->name))
		return r;
	return add(checking, REFUSAL_MAYBE, format_origin(&setting.last),
		   "remove that line, unless the other builder's images hold the agent too",
		   "'initrd_generator=%s' gives the images of new kernels to another builder than %s",
		   setting.words[0].text, checking->builder->name);
}

/* All --------------------------------------------------------------------------------------- */

static const struct {
	const char *builder; /* NULL: any */
	int (*check)(const struct checking *checking);
} checks[] = {
	{ "initramfs-tools", check_update_initramfs },
	{ "initramfs-tools", check_diversion },
	{ "dracut", check_omitted_module },
	{ "dracut", check_chosen_modules },
	{ "dracut", check_omitted_drivers },
	{ "mkinitcpio", check_mkinitcpio },
	{ NULL, check_masks },
	{ NULL, check_generator },
};

int builder_read_refusals(const struct root *root, const struct builder *builder,
			  struct builder_refusals *ret_refusals)
{
	CLEANUP(builder_refusals_done) struct builder_refusals refusals = {};
	const struct checking checking = { root, builder, &refusals };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(checks) && r == 0; i++)
		if (!checks[i].builder || streq(checks[i].builder, builder->name))
			r = checks[i].check(&checking);
	if (r < 0)
		return r;
	*ret_refusals = refusals;
	refusals = (struct builder_refusals){};
	return 0;
}
