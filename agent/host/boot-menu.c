// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds how this system's boot menu gets one more entry, from the boot chain and the programs that are there.
 * Changes nothing itself.
 */
#include "host/boot-menu.h"

#include "facts/traits.h"
#include "host/boot-entry.h"
#include "host/programs.h"

#include <stdio.h>

#define CONFIG_SIZE_MAX (4 * 1024 * 1024)

#define BY_HAND                                                                          \
	"in the menu press 'e' and add vfio_claim.mode=off to the line, for that boot"

void boot_menu_done(struct boot_menu *menu)
{
	free(menu->why);
	*menu = (struct boot_menu){};
}

/* Ours --------------------------------------------------------------------------------------- */

bool boot_menu_is_own(const struct chain_entry *entry)
{
	if (!entry->is_ours)
		return false;
	return entry->kind == ENTRY_GRUB ? streq(entry->id, GRUB_ENTRY_ID) :
					   has_suffix(entry->config, ENTRY_SUFFIX);
}

const struct chain_entry *boot_menu_find_own(const struct chain *chain,
					     const struct chain_volume *volume)
{
	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct chain_entry *entry = &chain->entries[i];

		if ((!volume || entry->volume == volume) && boot_menu_is_own(entry))
			return entry;
	}
	return NULL;
}

const struct chain_entry *boot_menu_find_lacking(const struct chain *chain)
{
	for (size_t i = 0; i < chain->n_entries; i++)
		if (chain->entries[i].is_default &&
		    !boot_menu_find_own(chain, chain->entries[i].volume))
			return &chain->entries[i];
	return NULL;
}

/* GRUB --------------------------------------------------------------------------------------- */

static const struct chain_entry *find_default(const struct chain *chain, bool is_grub)
{
	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct chain_entry *entry = &chain->entries[i];

		if (entry->is_default && (entry->kind == ENTRY_GRUB) == is_grub)
			return entry;
	}
	return NULL;
}

static const struct way {
	const char *program, *folder, *config;
	const char *command[4];
} ways[] = {
	{ "update-grub", "/boot/grub", "/boot/grub/grub.cfg", { "update-grub" } },
	{ "grub2-mkconfig",
	  "/boot/grub2",
	  "/boot/grub2/grub.cfg",
	  { "grub2-mkconfig", "-o", "/boot/grub2/grub.cfg" } },
	{ "grub-mkconfig",
	  "/boot/grub",
	  "/boot/grub/grub.cfg",
	  { "grub-mkconfig", "-o", "/boot/grub/grub.cfg" } },
};

/* On Proxmox the menu is on each ESP, written there from the one in /boot or by the same programs. */
static void find_grub(const struct root *root, const struct chain *chain,
		      struct boot_menu *menu)
{
	const struct chain_entry *entry = find_default(chain, true);
	bool is_on_esp = entry && entry->volume && entry->volume->is_proxmox;

	if (!entry || !root_exists(root, GRUB_GENERATOR_FOLDER "/10_linux"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(ways) && !menu->is_grub; i++) {
		if (!program_is_there(root, ways[i].program) ||
		    !root_exists(root, ways[i].config) ||
		    (!is_on_esp && !streq(entry->config, ways[i].config)))
			continue;
		menu->is_grub = true;
		menu->command = ways[i].command;
		menu->copy_command = is_on_esp ? program_find_proxmox(root) : NULL;
		menu->config_folder = ways[i].folder;
	}
}

/* Files -------------------------------------------------------------------------------------- */

static bool is_secure_boot(const struct root *root)
{
	struct security security = {};

	traits_read_security(root, &security);
	return security.secure_boot_fact == FACT_UNREADABLE || security.is_secure_boot;
}

static const char *refuse_unified(const struct root *root, const struct chain *chain,
				  const struct chain_entry *entry)
{
	if (entry->kind != ENTRY_UNIFIED)
		return NULL;
	if (!chain->loader_name)
		return "this system boots a unified kernel image, and no boot loader gave its name: "
		       "the firmware may start the image itself, and then nothing reads a menu";
	if (is_secure_boot(root) && boot_entry_has_fixed_options(entry))
		return "this system boots a unified kernel image by Secure Boot: the command line is "
		       "part of the signed file, and no menu entry can change it; build the image with "
		       "a second profile (ukify --profile, --join-profile), whose .cmdline ends with "
		       "vfio_claim.mode=off";
	return NULL;
}

/* Why there is no entry ---------------------------------------------------------------------- */

static const struct chain_volume *find_unread(const struct chain *chain)
{
	for (size_t i = 0; i < chain->n_volumes && !chain->is_complete; i++)
		if (chain->volumes[i].state != VOLUME_READ)
			return &chain->volumes[i];
	return NULL;
}

static char *explain(const struct chain *chain)
{
	const struct chain_volume *unread = find_unread(chain);

	if (chain->loader == LOADER_OTHER)
		return text_format("this system boots by %s, whose menu vfio-claim does not "
				   "know; " BY_HAND,
				   chain->loader_name);
	if (find_default(chain, true))
		return text_format("%s is not made by grub-mkconfig here (no 10_linux in "
				   "/etc/grub.d, or no such program); " BY_HAND,
				   chain->menu);
	if (unread)
		return text_format("the boot menu was not found, and %s %s; " BY_HAND,
				   unread->name,
				   unread->state == VOLUME_ABSENT      ? "is not there" :
				   unread->state == VOLUME_NOT_MOUNTED ? "is not mounted" :
									 "cannot be read");
	if (chain->n_entries)
		return text_format("no entry of the boot menu boots a kernel and an image of "
				   "this system; " BY_HAND);
	return text_format(
		"no boot menu was found, neither one that grub-mkconfig writes nor entries in "
		"loader/entries; " BY_HAND);
}

/* A hidden menu ------------------------------------------------------------------------------ */

#define AFTER_SYSTEMD                                                                    \
	"'systemctl reboot --boot-loader-menu=30s' shows it at the next boot, and a "    \
	"'timeout 3' in loader.conf at every boot"

static const char *find_way_in(const struct chain *chain)
{
	if (!chain->is_menu_hidden)
		return NULL;
	if (chain->loader == LOADER_GRUB)
		return "hold Shift (BIOS) or press Esc (EFI) while GRUB starts; for lack of time or of a "
		       "keyboard, GRUB_TIMEOUT=5 and GRUB_TIMEOUT_STYLE=menu in /etc/default/grub show "
		       "it at every boot";
	if (chain->loader == LOADER_SYSTEMD_BOOT)
		return "hold the space bar before the loader starts; " AFTER_SYSTEMD;
	return NULL;
}

/* -------------------------------------------------------------------------------------------- */

int boot_menu_find(const struct root *root, const struct chain *chain,
		   struct boot_menu *ret_menu)
{
	struct boot_menu menu = { .way_in = find_way_in(chain) };
	const struct chain_entry *copied = boot_entry_pick(chain);
	const char *refusal = copied ? refuse_unified(root, chain, copied) : NULL;

	find_grub(root, chain, &menu);
	menu.has_files = copied && !refusal;
	if (!menu.is_grub && !menu.has_files) {
		menu.why = refusal ? strdup(refusal) : explain(chain);
		if (!menu.why)
			return -ENOMEM;
	}
	*ret_menu = menu;
	return 0;
}

int boot_menu_read(const struct root *root, struct boot_menu *ret_menu)
{
	CLEANUP(chain_done) struct chain chain = {};
	int r = chain_read(root, &chain);

	return r < 0 ? r : boot_menu_find(root, &chain, ret_menu);
}

int boot_menu_read_config(const struct root *root, const char *folder, char **ret_text)
{
	char path[64];
	size_t size;

	snprintf(path, sizeof(path), "%s/" GRUB_CONFIG_NAME, folder);
	return root_read_file(root, path, CONFIG_SIZE_MAX, ret_text, &size);
}
