// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No menu harms the boot chain's readers, whatever stands in grub.cfg, its environment block, entries, loader.conf,
 * mountinfo and fstab; and the chain holds what its header promises.
 */
#include "host/chain/chain.h"
#include "host/chain/grub-config.h"
#include "fuzz.h"

static void check_file(const struct chain_file *file)
{
	CHECK(file->name && file->path && file->root);
}

static void check_chain(const struct root *root)
{
	struct chain chain = {};
	size_t n_defaults = 0;

	CHECK(chain_read(root, &chain) == 0);
	for (size_t i = 0; i < chain.n_entries; i++) {
		const struct chain_entry *entry = &chain.entries[i];

		CHECK(entry->id && entry->title && entry->config);
		n_defaults += entry->is_default;
		if (entry->kernel.path)
			check_file(&entry->kernel);
		for (size_t k = 0; k < entry->n_images; k++)
			check_file(&entry->images[k]);
	}
	for (size_t i = 0; i < chain.n_volumes; i++)
		CHECK(chain.volumes[i].name);
	CHECK(!chain.n_entries || chain.menu);
	CHECK(!n_defaults == !chain_find_default(&chain));
	chain_done(&chain);
}

/* Every entry has a kernel's words if and only if it has a kernel, and at most one of one name boots. */
static void check_grub(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	CLEANUP(grub_config_done) struct grub_config config = {};

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	CHECK(grub_config_parse(text, text, &config) == 0);
	for (size_t i = 0; i < config.n; i++) {
		const struct grub_entry *entry = &config.entries[i];

		CHECK(entry->title && entry->id && entry->numbers && entry->ids);
		CHECK(!entry->kernel == !entry->options);
		(void)grub_config_chooses(&config, entry);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct root root = fuzz_root(data, size);

	check_chain(&root);
	check_grub(data, size);
	return 0;
}
