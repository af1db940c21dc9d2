// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the file system that dracut's module "squash" puts into a boot image as one file, by running
 * unsquashfs. Mounts nothing, and nothing is written but memory.
 */
#include "host/squash.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/text.h"
#include "host/tool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define IMAGE_SIZE_MAX (512 << 20)
#define LISTING_SIZE_MAX (16 << 20)
#define TIMEOUT_MS 20000

/* In place of the folder's name that unsquashfs puts before each path. */
#define PREFIX "@"

bool squash_is_name(const char *name)
{
	/* dracut 049, to 103, and two since 104 */
	static const char *const names[] = { "squash/root.img", "squash-root.img",
					     "squashfs-root.img", "erofs-root.img" };

	return text_find(names, ARRAY_SIZE(names), name) < ARRAY_SIZE(names);
}

static int copy(struct newc_source *source, int fd)
{
	char block[1 << 14];
	int r;

	while ((r = newc_take_data(source, block, sizeof(block))) > 0)
		for (int done = 0; done < r;) {
			ssize_t n = write(fd, block + done, r - done);

			if (n < 0)
				return -errno;
			done += n;
		}
	return r;
}

int squash_take(struct newc_source *source, const struct newc_entry *entry)
{
	int fd, r;

	if (entry->size > IMAGE_SIZE_MAX)
		return -EFBIG;
	fd = memfd_create("squash", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	r = copy(source, fd);
	/* The tool shall not change it. */
	if (r == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) < 0)
		r = -errno;
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

/* Files ------------------------------------------------------------------------------------ */

/* An entry's data, which is only asked for where it is read. */
struct content {
	int fd;
	int64_t deadline;
	const char *name;
	char *text;
	size_t size, given;
};

static int read_content(struct content *content)
{
	const char *arguments[] = { "unsquashfs", "-cat", TOOL_INPUT, content->name, NULL };

	size_t size;
	int r;

	r = tool_run(arguments, content->fd, content->deadline, content->size,
		     &content->text, &size);
	if (r == 0 && size != content->size)
		r = -EPROTO;
	return r == -EFBIG ? -EPROTO : r; /* not as long as it was listed */
}

static ssize_t fill_from_content(void *data, void *buffer, size_t size)
{
	struct content *content = data;
	size_t n;
	int r;

	r = content->text ? 0 : read_content(content);
	if (r < 0)
		return r;
	n = content->size - content->given;
	if (n > size)
		n = size;
	memcpy(buffer, content->text + content->given, n);
	content->given += n;
	return n;
}

/* The listing -------------------------------------------------------------------------------- */

static uint32_t mode_of(char letter)
{
	switch (letter) {
	case '-':
		return S_IFREG;
	case 'l':
		return S_IFLNK;
	case 'd':
		return S_IFDIR;
	default:
		return S_IFCHR;
	}
}

/* The third word of a file's line. */
static uint64_t size_in(char *line)
{
	struct span rest = { line, strlen(line) };
	struct span word = {};

	for (size_t i = 0; i < 3; i++) {
		rest = span_trim(rest);
		word = span_next(&rest, " ");
	}
	return word.size ? strtoull(word.text, NULL, 10) : 0;
}

/*
 * "lrwxrwxrwx 0/0   23 2026-11-27 22:53 @/init -> usr/lib/systemd/systemd". A name with " -> " or a line
 * break in it is read wrong; none that is looked for has them.
 */
static int take_line(char *line, struct content *content, newc_visit *visit, void *data)
{
	char *name = strstr(line, " " PREFIX "/"), *target = NULL;
	struct newc_entry entry = { .mode = mode_of(*line), .n_links = 1 };
	struct newc_source source;
	uint64_t size;

	if (!name || !name[3])
		return 0; /* the top folder, or none of the lines that are meant */
	name += 3;
	if (entry.mode == S_IFLNK && (target = strstr(name, " -> "))) {
		*target = '\0';
		target += 4;
	}
	size = target ? strlen(target) : entry.mode == S_IFREG ? size_in(line) : 0;
	entry.size = size < UINT32_MAX ? size :
					 UINT32_MAX; /* then too large to be looked for */
	entry.name = content->name = name;
	content->given = 0;
	content->size = size;
	content->text = target ? strdup(target) : NULL;
	newc_source_init(&source, fill_from_content, content);
	source.data_left = entry.size;
	return visit(&source, &entry, data);
}

static int take_lines(char *listing, struct content *content, newc_visit *visit, void *data)
{
	bool is_any = false;
	char *line;
	int r = 0;

	while (r == 0 && (line = strsep(&listing, "\n"))) {
		is_any |= strstr(line, " " PREFIX "/") != NULL;
		r = take_line(line, content, visit, data);
		free(steal(content->text));
	}
	return r < 0 || is_any ? r : -EPROTO;
}

static bool has_magic(int fd, off_t offset, uint32_t magic)
{
	uint8_t bytes[4];

	return pread(fd, bytes, sizeof(bytes), offset) == sizeof(bytes) &&
	       get_le32(bytes) == magic;
}

int squash_read(int fd, newc_visit *visit, void *data)
{
	static const char *const list[] = { "unsquashfs", "-lln",     "-d",
					    PREFIX,	  TOOL_INPUT, NULL };
	struct content content = { .fd = fd, .deadline = clock_ms() + TIMEOUT_MS };
	_cleanup_free_ char *listing = NULL;
	size_t size;
	int r;

	if (has_magic(fd, 1024, 0xe0f5e1e2)) /* erofs */
		return -EMEDIUMTYPE;
	if (!has_magic(fd, 0, 0x73717368)) /* "hsqs" */
		return -EBADMSG;
	r = tool_run(list, fd, content.deadline, LISTING_SIZE_MAX, &listing, &size);
	if (r < 0)
		return r;
	return take_lines(listing, &content, visit, data);
}
