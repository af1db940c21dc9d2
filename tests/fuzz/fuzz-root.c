// SPDX-License-Identifier: GPL-2.0-or-later
/* A system whose files are parts of the fuzzer's input: fuzz.h. */
#include "fuzz.h"
#include "base/root.h"

#include <limits.h>
#include <sys/stat.h>

#define SEPARATOR 0x1e
#define UNREADABLE 0x1d
#define NAMED 0x1f

/* fuzz-image.c and fuzz-pe.c, which open real files, have their own. */
#pragma weak root_exists
#pragma weak root_list
#pragma weak root_open_file
#pragma weak root_read_line

struct part {
	const uint8_t *data;
	size_t size;
};

static struct part whole, left;

struct root fuzz_root(const uint8_t *data, size_t size)
{
	static char no_prefix[] = "/nowhere";

	left = whole = (struct part){ data, size };
	return (struct root){ .fd = -1, .prefix = no_prefix };
}

static bool take_part(struct part *rest, struct part *ret_part)
{
	const uint8_t *end = rest->size ? memchr(rest->data, SEPARATOR, rest->size) : NULL;
	size_t size = end ? (size_t)(end - rest->data) : rest->size;

	if (!rest->size)
		return false;
	*ret_part = (struct part){ rest->data, size };
	rest->data += size + !!end;
	rest->size -= size + !!end;
	return true;
}

static bool is_named(const struct part *part)
{
	return part->size && *part->data == NAMED;
}

static bool find_named(const char *path, struct part *ret_part)
{
	size_t length = strlen(path);
	struct part rest = whole, part;

	while (take_part(&rest, &part)) {
		if (!is_named(&part) || part.size < length + 2 ||
		    memcmp(part.data + 1, path, length) || part.data[length + 1] != NAMED)
			continue;
		*ret_part = (struct part){ part.data + length + 2, part.size - length - 2 };
		return true;
	}
	return false;
}

/* The part with this name, or the next one without a name. */
static int next_part(const char *path, const uint8_t **ret_part, size_t *ret_size)
{
	struct part part = {};
	bool is_found = find_named(path, &part);

	while (!is_found && take_part(&left, &part))
		is_found = !is_named(&part);
	if (!is_found || !part.size)
		return -ENOENT;
	*ret_part = part.data;
	*ret_size = part.size;
	return *part.data == UNREADABLE ? -EIO : 0;
}

char *root_library_path(const struct root *root, const char *path)
{
	(void)root;
	return strdup(path);
}

bool root_exists(const struct root *root, const char *path)
{
	const uint8_t *part;
	size_t size;

	(void)root;
	return next_part(path, &part, &size) == 0;
}

ssize_t root_read_start(const struct root *root, const char *path, void *buffer, size_t size)
{
	const uint8_t *part;
	size_t part_size;
	int r;

	(void)root;
	r = next_part(path, &part, &part_size);
	if (r < 0)
		return r;
	if (part_size < size)
		size = part_size;
	memcpy(buffer, part, size);
	return size;
}

ssize_t root_read(const struct root *root, const char *path, char *buffer, size_t size)
{
	ssize_t n = root_read_start(root, path, buffer, size);

	if (n < 0)
		return n;
	if ((size_t)n == size)
		return -EFBIG;
	buffer[n] = '\0';
	return n;
}

ssize_t root_read_line(const struct root *root, const char *path, char *buffer, size_t size)
{
	ssize_t n = root_read(root, path, buffer, size);

	while (n > 0 && (buffer[n - 1] == '\n' || buffer[n - 1] == ' '))
		buffer[--n] = '\0';
	return n;
}

int root_read_file(const struct root *root, const char *path, size_t most,
		   char **ret_text, size_t *ret_size)
{
	const uint8_t *part;
	size_t size;
	int r;

	(void)root;
	r = next_part(path, &part, &size);
	if (r < 0)
		return r;
	if (size > most)
		return -EFBIG;
	*ret_text = malloc(size + 1);
	CHECK(*ret_text);
	memcpy(*ret_text, part, size);
	(*ret_text)[size] = '\0';
	*ret_size = size;
	return 0;
}

int root_open_file(const struct root *root, const char *path)
{
	(void)root, (void)path;
	return -ENOENT;
}

int root_readlink(const struct root *root, const char *path, char *buffer, size_t size)
{
	ssize_t n = root_read(root, path, buffer, size);

	return n == -EFBIG ? -ENAMETOOLONG : n < 0 ? (int)n : 0;
}

int root_readlink_name(const struct root *root, const char *path, char *buffer, size_t size)
{
	char target[PATH_MAX];
	const char *name;
	int r;

	r = root_readlink(root, path, target, sizeof(target));
	if (r < 0)
		return r;
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	if (strlen(name) >= size)
		return -ENAMETOOLONG;
	strcpy(buffer, name);
	return 0;
}

/* As a file system gives names: not empty, no slash, at most NAME_MAX bytes. */
static bool is_name(const char *name)
{
	return *name && !strchr(name, '/') && strlen(name) <= NAME_MAX &&
	       !streq(name, ".") && !streq(name, "..");
}

int root_list(const struct root *root, const char *path, root_entry *callback, void *data)
{
	_cleanup_free_ char *names = NULL;
	char *name, *rest;
	size_t size;
	int r;

	r = root_read_file(root, path, SIZE_MAX, &names, &size);
	if (r < 0)
		return r;
	rest = names;
	while (r == 0 && (name = strsep(&rest, "\n")))
		if (is_name(name))
			r = callback(name, data);
	return r;
}

int root_read_plain(const struct root *root, const char *path, size_t most,
		    char **ret_text, size_t *ret_size)
{
	return root_read_file(root, path, most, ret_text, ret_size);
}

int root_replace(const struct root *root, const char *folder, const char *name,
		 const char *text, size_t size)
{
	(void)root, (void)folder, (void)name, (void)text, (void)size;
	return -EROFS;
}

int root_remove(const struct root *root, const char *path)
{
	(void)root, (void)path;
	return -EROFS;
}

int root_mount_device(const struct root *root, const char *filesystem, const char *device,
		      struct root *ret_root)
{
	(void)root, (void)filesystem, (void)device, (void)ret_root;
	return -EROFS;
}

int root_free_size(const struct root *root, const char *path, uint64_t *ret_size)
{
	(void)root, (void)path;
	*ret_size = 0;
	return 0;
}

int root_sync(const struct root *root, const char *folder)
{
	(void)root, (void)folder;
	return 0;
}

int root_stat(const struct root *root, const char *path, struct stat *ret_status)
{
	const uint8_t *part;
	size_t size;
	int r;

	(void)root;
	r = next_part(path, &part, &size);
	*ret_status = (struct stat){ .st_mode = S_IFREG | 0644, .st_size = (off_t)size };
	return r;
}

void root_done(struct root *root)
{
	root->fd = -1;
}

int root_lock(const struct root *root, const char *folder, const char *name)
{
	(void)root, (void)folder, (void)name;
	return -EROFS;
}
