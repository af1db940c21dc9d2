// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the entries of cpio archives as the kernel unpacks them (kernel:
 * Documentation/driver-api/early-userspace/buffer-format.rst, init/initramfs.c). Trusts no length:
 * the bytes may be a damaged file. Opens nothing.
 */
#include "host/newc.h"

#include "base/text.h"

#include <limits.h>

#define HEADER_SIZE 110
#define MAGIC_SIZE 6
#define TRAILER "TRAILER!!!"

void newc_source_init(struct newc_source *source,
		      ssize_t (*fill)(void *data, void *buffer, size_t size), void *data)
{
	source->fill = fill;
	source->data = data;
	source->begin = source->end = 0;
	source->data_left = 0;
}

/* Fills the buffer to at least `size` bytes, fewer only at the end. How many, or negative errno. */
static ssize_t peek(struct newc_source *source, size_t size)
{
	size_t held = source->end - source->begin;

	if (held >= size)
		return held;
	memmove(source->buffer, source->buffer + source->begin, held);
	source->begin = 0;
	source->end = held;
	while (source->end < size) {
		ssize_t n = source->fill(source->data, source->buffer + source->end,
					 sizeof(source->buffer) - source->end);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		source->end += n;
	}
	return source->end;
}

ssize_t newc_source_take(struct newc_source *source, void *buffer, size_t size)
{
	ssize_t held = peek(source, 1);
	size_t n;

	if (held <= 0)
		return held;
	n = (size_t)held < size ? (size_t)held : size;
	memcpy(buffer, source->buffer + source->begin, n);
	source->begin += n;
	return n;
}

static int take_all(struct newc_source *source, void *buffer, size_t size)
{
	unsigned char *next = buffer;

	while (size) {
		ssize_t n = newc_source_take(source, next, size);

		if (n <= 0)
			return n < 0 ? n : -ENODATA;
		next += n;
		size -= n;
	}
	return 0;
}

static int skip(struct newc_source *source, size_t size)
{
	while (size) {
		ssize_t held = peek(source, 1);
		size_t n;

		if (held <= 0)
			return held < 0 ? held : -ENODATA;
		n = (size_t)held < size ? (size_t)held : size;
		source->begin += n;
		size -= n;
	}
	return 0;
}

/* 0 at the end, 1 when a non-zero byte is next. */
static int skip_zeros(struct newc_source *source)
{
	for (;;) {
		ssize_t held = peek(source, 1);

		if (held <= 0)
			return held;
		for (; source->begin < source->end; source->begin++)
			if (source->buffer[source->begin])
				return 1;
	}
}

static bool hex_parse(const char *text, uint32_t *ret_value)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 8; i++) {
		if (hex_digit(text[i]) < 0)
			return false;
		value = value << 4 | hex_digit(text[i]);
	}
	*ret_value = value;
	return true;
}

static bool is_magic(const void *bytes)
{
	return memcmp(bytes, "070701", MAGIC_SIZE) == 0 ||
	       memcmp(bytes, "070702", MAGIC_SIZE) == 0;
}

static const char *plain_name(const char *name)
{
	while (name[0] == '/' || (name[0] == '.' && name[1] == '/'))
		name++;
	return name;
}

static size_t padding(size_t size)
{
	return -size & 3;
}

/* Reads header and name; the entry's data follows. */
static int read_header(struct newc_source *source, struct newc_entry *entry,
		       char name[static PATH_MAX])
{
	enum {
		INODE,
		MODE,
		LINKS = 4,
		SIZE = 6,
		MAJOR,
		MINOR,
		NAME_SIZE = 11,
		COUNT = 13
	};
	char header[HEADER_SIZE];
	uint32_t fields[COUNT];
	int r;

	r = take_all(source, header, sizeof(header));
	if (r < 0)
		return r;
	if (!is_magic(header))
		return -EBADMSG;
	for (size_t i = 0; i < COUNT; i++)
		if (!hex_parse(header + MAGIC_SIZE + 8 * i, &fields[i]))
			return -EBADMSG;
	if (fields[NAME_SIZE] < 1 || fields[NAME_SIZE] > PATH_MAX)
		return -EBADMSG;
	r = take_all(source, name, fields[NAME_SIZE]);
	if (r == 0)
		r = skip(source, padding(HEADER_SIZE + fields[NAME_SIZE]));
	if (r < 0)
		return r;
	if (name[fields[NAME_SIZE] - 1] != '\0')
		return -EBADMSG;
	*entry = (struct newc_entry){
		.name = plain_name(name),
		.mode = fields[MODE],
		.inode = fields[INODE],
		.n_links = fields[LINKS],
		.major = fields[MAJOR],
		.minor = fields[MINOR],
		.size = fields[SIZE],
	};
	return 0;
}

/* Reads one archive to its trailer. */
static int read_archive(struct newc_source *source, newc_visit *visit, void *data)
{
	for (;;) {
		struct newc_entry entry;
		char name[PATH_MAX];
		int r;

		r = read_header(source, &entry, name);
		if (r < 0)
			return r;
		if (streq(name, TRAILER))
			return skip(source, entry.size);
		source->data_left = entry.size;
		r = visit(source, &entry, data);
		if (r)
			return r;
		r = skip(source, source->data_left);
		if (r == 0)
			r = skip(source, padding(entry.size));
		if (r < 0)
			return r;
	}
}

int newc_read(struct newc_source *source, newc_visit *visit, void *data,
	      size_t *ret_n_archives)
{
	*ret_n_archives = 0;
	for (;;) {
		ssize_t held;
		int r;

		r = skip_zeros(source);
		if (r <= 0)
			return r;
		held = peek(source, MAGIC_SIZE);
		if (held < 0)
			return held;
		if (held < MAGIC_SIZE || !is_magic(source->buffer + source->begin))
			return NEWC_OTHER;
		r = read_archive(source, visit, data);
		if (r)
			return r;
		(*ret_n_archives)++;
	}
}

int newc_read_data(struct newc_source *source, size_t most, char **ret_text,
		   size_t *ret_size)
{
	size_t size = source->data_left;
	_cleanup_free_ char *text = NULL;
	int r;

	if (size > most)
		return -EFBIG;
	text = malloc(size + 1);
	if (!text)
		return -ENOMEM;
	r = take_all(source, text, size);
	if (r < 0)
		return r;
	source->data_left = 0;
	text[size] = '\0';
	*ret_text = steal(text);
	*ret_size = size;
	return 0;
}

int newc_take_data(struct newc_source *source, void *buffer, size_t size)
{
	ssize_t n;

	if (size > source->data_left)
		size = source->data_left;
	if (!size)
		return 0;
	n = newc_source_take(source, buffer, size);
	if (n <= 0)
		return n < 0 ? n : -ENODATA;
	source->data_left -= n;
	return n;
}
