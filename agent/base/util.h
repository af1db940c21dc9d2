/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small helpers for every file. Nothing here knows about PCI or does I/O. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_CHECK __attribute__((warn_unused_result))

/* CLEANUP() variables are released at the end of their scope; steal() transfers ownership. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define steal(ptr)                                                                       \
	({                                                                               \
		__typeof__(ptr) stolen_ = (ptr);                                         \
		(ptr) = NULL;                                                            \
		stolen_;                                                                 \
	})

static inline void free_charp(char **p)
{
	free(*p);
}
#define _cleanup_free_ CLEANUP(free_charp)

static inline void close_fdp(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		close(*fd);
		errno = saved;
	}
}
#define _cleanup_close_ CLEANUP(close_fdp)

static inline bool streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static inline bool is_string_equal(const char *a, const char *b)
{
	return a == b || (a && b && streq(a, b));
}

static inline __attribute__((always_inline)) bool has_prefix(const char *s,
							     const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Never true for the suffix alone. */
static inline bool has_suffix(const char *s, const char *suffix)
{
	size_t size = strlen(s), length = strlen(suffix);

	return size > length && streq(s + size - length, suffix);
}

/* Makes room for one more item. 0 or -ENOMEM. */
static inline int MUST_CHECK array_reserve(void *items, size_t used, size_t *capacity,
					   size_t item_size)
{
	void **array = items;
	size_t wanted;
	void *grown;

	if (used < *capacity)
		return 0;
	wanted = *capacity ? *capacity * 2 : 8;
	grown = reallocarray(*array, wanted, item_size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*capacity = wanted;
	return 0;
}
