// SPDX-License-Identifier: GPL-2.0-or-later
/* Estimates whether the file systems that images are written to have the room. Writes nothing. */
#include "host/room.h"

#include <sys/stat.h>

/* By how much an image may grow: the agent with its libraries, and the modules of VFIO. */
#define GROWTH (4 << 20)

static uint64_t size_of(const struct root *root, const char *path)
{
	struct stat status;

	return root_stat(root, path, &status) < 0 ? 0 : (uint64_t)status.st_size;
}

static bool is_lacking(const struct root *root, const char *path, const char *name,
		       uint64_t needed, struct room *room)
{
	*room = (struct room){ .name = name, .is_of_file = true, .needed = needed };
	return root_free_size(root, path, &room->free) == 0 && room->free < needed;
}

/* A copy is written over the old one. The images of one volume grow together. */
static bool is_copy_lacking(const struct boot_images *images,
			    const struct chain_file *file, struct room *room)
{
	const struct chain_volume *volume = file->volume;

	*room = (struct room){ .name = volume->name, .free = volume->free_size };
	for (size_t i = 0; i < images->n; i++) {
		const struct boot_image *image = &images->items[i];

		if (boot_image_counts(image) && image->n_files &&
		    image->files[image->n_files - 1].volume == volume)
			room->needed += GROWTH;
	}
	return volume->state == VOLUME_READ && room->free < room->needed;
}

/* A builder writes the new image beside the old one, then renames it. */
static bool is_image_lacking(const struct root *root, const struct boot_images *images,
			     const struct boot_image *image, struct room *room)
{
	const struct chain_file *file = &image->files[image->n_files - 1];

	if (file->source)
		return is_copy_lacking(images, file, room) ||
		       is_lacking(root, file->source, file->source,
				  size_of(root, file->source) + GROWTH, room);
	return file->root == root && is_lacking(root, file->path, file->name,
						size_of(root, file->path) + GROWTH, room);
}

bool room_find_lacking(const struct root *root, const struct boot_images *images,
		       struct room *ret_room)
{
	for (size_t i = 0; i < images->n; i++) {
		const struct boot_image *image = &images->items[i];

		if (boot_image_counts(image) && image->n_files &&
		    is_image_lacking(root, images, image, ret_room))
			return true;
	}
	return false;
}
