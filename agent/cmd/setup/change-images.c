// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens what will boot, and says what each image does: before a change, after it, and after a change that failed.
 * Builds nothing.
 */
#include "cmd/setup/change-images.h"

#include "base/sha256.h"
#include "cmd/setup/say.h"
#include "decide/config.h"
#include "host/room.h"

#include <stdio.h>

static const char *digest_of(const char *text, char hex[static 65])
{
	*hex = '\0';
	if (text)
		sha256_hex(text, strlen(text), hex);
	return hex;
}

int change_read_images(struct change *change, const char *text)
{
	char hex[65];

	images_done(&change->images);
	change->are_images_read = true;
	return images_read(change->root, digest_of(text, hex), &change->images);
}

/* Judge ------------------------------------------------------------------------------------ */

/* Without a configuration an image needs no agent. */
static bool is_good(const struct boot_image *image, bool is_configured)
{
	if (image->is_broken)
		return false;
	if (!is_configured)
		return image->state == IMAGE_WITHOUT_AGENT ||
		       image->state == IMAGE_CURRENT || image->state == IMAGE_MISSING;
	return image->state == IMAGE_MISSING ||
	       (image->state == IMAGE_CURRENT && !image->problem);
}

static bool are_all_good(const struct boot_images *images, bool is_configured)
{
	for (size_t i = 0; i < images->n; i++)
		if (boot_image_counts(&images->items[i]) &&
		    !is_good(&images->items[i], is_configured))
			return false;
	return true;
}

/* Does any image count that a builder of this system makes? */
static bool has_image(const struct boot_images *images)
{
	for (size_t i = 0; i < images->n; i++)
		if (images->items[i].path && boot_image_counts(&images->items[i]))
			return true;
	return false;
}

bool change_is_in_images(struct change *change, const char *text)
{
	return change_read_images(change, text) == 0 && has_image(&change->images) &&
	       are_all_good(&change->images, text);
}

bool change_has_new_images(struct change *change)
{
	bool has = false;

	if (change_read_images(change, change->new_text) < 0)
		return false;
	for (size_t i = 0; i < change->images.n; i++) {
		const struct boot_image *image = &change->images.items[i];

		has |= boot_image_counts(image) &&
		       (change->new_text ? image->state == IMAGE_CURRENT :
					   image->state == IMAGE_WITHOUT_AGENT);
	}
	return has;
}

/* Say -------------------------------------------------------------------------------------- */

/* Why an image need not be as configured; NULL: it must. */
static const char *explain_exception(const struct boot_image *image)
{
	return image->is_foreign ? "no builder of this system makes it" :
	       image->is_unnamed ? "no entry of the boot menu starts it" :
	       image->is_rescue	 ? "only a rescue or fallback entry starts it" :
				   NULL;
}

static void say_image(const struct boot_image *image, bool is_configured)
{
	static const char *const words[] = {
		[IMAGE_CURRENT] = "holds this configuration",
		[IMAGE_STALE] = ("holds another configuration than " CONFIG_PATH),
		[IMAGE_WITHOUT_AGENT] = "has no agent: it claims nothing",
		[IMAGE_UNREADABLE] = "cannot be judged",
	};
	const char *exception = explain_exception(image);
	bool has_problem = image->problem && (is_configured || image->is_broken ||
					      image->state == IMAGE_UNREADABLE);

	if (image->state == IMAGE_MISSING) {
		say_item("%s: has no image: it starts without a claim", image->kernel);
		return;
	}
	say_item("%s: %s %s%s%s%s%s%s", image->kernel, image->path,
		 !is_configured && image->state == IMAGE_CURRENT ?
			 "holds no configuration: it claims nothing" :
			 words[image->state],
		 has_problem ? "; " : "", has_problem ? image->problem : "",
		 exception ? " (" : "", exception ?: "", exception ? ")" : "");
}

static void say_volume(const struct chain_volume *volume)
{
	switch (volume->state) {
	case VOLUME_READ:
		break;
	case VOLUME_NOT_MOUNTED:
		say_item("%s: not reached: it is not mounted", volume->name);
		break;
	case VOLUME_ABSENT:
		say_item("%s: not reached: there is no such disk now", volume->name);
		break;
	case VOLUME_UNREADABLE:
		say_item("%s: not reached: %s", volume->name, strerror(-volume->error));
		break;
	}
}

static void say_all(const struct change *change, const char *text)
{
	const struct boot_images *images = &change->images;

	say_paragraph("Boot images, opened and inspected:");
	for (size_t i = 0; i < images->n; i++)
		say_image(&images->items[i], text);
	for (size_t i = 0; i < images->chain.n_volumes && !images->chain.is_complete; i++)
		say_volume(&images->chain.volumes[i]);
}

/* A delayed write may fail only now. */
static bool sync_volumes(const struct change *change)
{
	int r = root_sync(change->root, "/boot");

	if (r == -ENOENT)
		r = 0;
	for (size_t i = 0; i < change->images.chain.n_volumes && r == 0; i++) {
		const struct chain_volume *volume = &change->images.chain.volumes[i];

		if (volume->state == VOLUME_READ && volume->mount)
			r = root_sync(change->root, volume->mount);
	}
	return r == 0 || cmd_fail("boot images cannot be written to their disk", r) == 0;
}

bool change_verify_images(struct change *change, const char *text)
{
	bool is_written = sync_volumes(change);
	int r = change_read_images(change, text);

	if (r < 0) {
		cmd_fail("boot images", r);
		return false;
	}
	say_all(change, text);
	return is_written && are_all_good(&change->images, text);
}

/* What the next boot does with an image that is not as it should be. */
static void say_one_next_boot(const struct boot_image *image)
{
	if (image->is_broken)
		say_item("%s with %s: it does not boot as it is", image->kernel,
			 image->path);
	else if (image->state == IMAGE_UNREADABLE)
		say_item("%s with %s: whether it boots is not known", image->kernel,
			 image->path);
	else if (image->state == IMAGE_MISSING || image->state == IMAGE_WITHOUT_AGENT)
		say_item("%s with %s: claims nothing", image->kernel,
			 image->path ?: "no image");
	else if (!image->holds.has_config)
		say_item("%s with %s: claims nothing", image->kernel, image->path);
	else
		say_item("%s with %s: claims by the configuration in it%s", image->kernel,
			 image->path,
			 image->state == IMAGE_STALE ?
				 ", which is another than " CONFIG_PATH :
				 "");
}

void change_say_next_boot(const struct change *change)
{
	const struct boot_images *images = &change->images;
	bool has_claim = false;

	say_paragraph("What the next boot does:");
	for (size_t i = 0; i < images->n; i++) {
		const struct boot_image *image = &images->items[i];

		if (!boot_image_counts(image))
			continue;
		say_one_next_boot(image);
		has_claim |= image->holds.has_config && image->state == IMAGE_STALE;
	}
	say_paragraph("Fix what failed above, then run 'vfio-claim setup --rebuild'.%s",
		      has_claim ? " To boot without a claim before that, add "
				  "vfio_claim.mode=off to the kernel command line in the boot "
				  "menu." :
				  "");
}

int change_say_unreached(const struct change *change)
{
	const struct chain *chain = &change->images.chain;

	if (!change->are_images_read || chain->is_complete)
		return 0;
	return say_error(EXIT_NOT_AS_CONFIGURED,
			 "mount or connect what is missing, then run 'vfio-claim setup "
			 "--rebuild'",
			 "not everything that may boot was reached: what starts from there does as "
			 "it did before");
}

/* Before the change ------------------------------------------------------------------------ */

static const struct boot_image *find_default(const struct boot_images *images)
{
	for (size_t i = 0; i < images->n; i++)
		if (images->items[i].is_default)
			return &images->items[i];
	return NULL;
}

static int say_foreign(const struct boot_image *image)
{
	return say_error(
		EXIT_NOT_AS_CONFIGURED,
		"install a kernel whose initramfs is built on this system (kernel-core and "
		"dracut rather than kernel-uki-virt), boot it, and run this again",
		"this system boots '%s', kernel and initramfs in one file that was built "
		"elsewhere and is signed as a whole, so the agent cannot be put into it; nothing "
		"was changed",
		image->path);
}

static int say_no_image(const struct boot_images *images)
{
	for (size_t i = 0; i < images->chain.n_volumes; i++) {
		const struct chain_volume *volume = &images->chain.volumes[i];

		if (volume->state != VOLUME_READ && !images->chain.is_complete)
			return say_error(EXIT_NOT_AS_CONFIGURED,
					 "mount it, then run this again",
					 "the kernels that boot are on %s, which is not mounted "
					 "or not there; nothing was changed",
					 volume->name);
	}
	for (size_t i = 0; i < images->n; i++)
		if (images->items[i].is_foreign && images->items[i].path)
			return say_foreign(&images->items[i]);
	return say_error(EXIT_NOT_AS_CONFIGURED,
			 "mount /boot if it is a separate file system, or install a kernel",
			 "no installed kernel with a boot image was found in /boot; nothing was "
			 "changed");
}

static int say_no_room(const struct room *room)
{
	return say_error(EXIT_NOT_AS_CONFIGURED, "remove old kernels, then run this again",
			 "%s%s has %llu MiB free, and building the images takes %llu MiB: a "
			 "file that is cut off does not boot; nothing was changed",
			 room->is_of_file ? "the file system of " : "", room->name,
			 (unsigned long long)(room->free >> 20),
			 (unsigned long long)(room->needed >> 20));
}

int change_check_images(const struct change *change)
{
	const struct boot_images *images = &change->images;
	const struct boot_image *chosen = find_default(images);
	struct room room;

	if (chosen && chosen->is_foreign)
		return say_foreign(chosen);
	if (!has_image(images))
		return say_no_image(images);
	if (room_find_lacking(change->root, images, &room))
		return say_no_room(&room);
	return 0;
}
