// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The form in which the worker hands a document to its parent, which takes it apart only when the worker
 * failed. json-c's parser would be a tenth of the agent in every image. Never written to a file.
 *
 * A value is a letter and what it needs: 'i' eight bytes; 'd' and 's' a text up to a NUL; '[' values and ']'; '{'
 * members and '}', a member being ':', a text and a value. 'n', 't' and 'f' stand alone.
 */
#include "report/report-pack.h"

#include <json-c/json.h>

#define DEPTH_MOST 32

/* Stays whole or becomes nothing. */
struct packed {
	char *bytes;
	size_t size, capacity;
	bool is_lost; /* no memory */
};

static void put(struct packed *packed, const void *bytes, size_t size)
{
	if (!packed->is_lost && packed->capacity - packed->size < size) {
		size_t capacity = 2 * (packed->size + size) + 8192;
		char *grown = realloc(packed->bytes, capacity);

		packed->is_lost = !grown;
		if (grown) {
			packed->bytes = grown;
			packed->capacity = capacity;
		}
	}
	if (packed->is_lost)
		return;
	memcpy(packed->bytes + packed->size, bytes, size);
	packed->size += size;
}

static void put_letter(struct packed *packed, char letter)
{
	put(packed, &letter, 1);
}

static void put_text(struct packed *packed, char letter, const char *text)
{
	put_letter(packed, letter);
	put(packed, text, strlen(text) + 1);
}

static void pack(struct packed *packed, struct json_object *value)
{
	int64_t number;

	switch (json_object_get_type(value)) {
	case json_type_null:
		put_letter(packed, 'n');
		break;
	case json_type_boolean:
		put_letter(packed, json_object_get_boolean(value) ? 't' : 'f');
		break;
	case json_type_int:
		number = json_object_get_int64(value);
		put_letter(packed, 'i');
		put(packed, &number, sizeof(number));
		break;
	case json_type_double:
		put_text(packed, 'd', json_object_get_string(value));
		break;
	case json_type_string:
		put_text(packed, 's', json_object_get_string(value));
		break;
	case json_type_array:
		put_letter(packed, '[');
		for (size_t i = 0; i < json_object_array_length(value); i++)
			pack(packed, json_object_array_get_idx(value, i));
		put_letter(packed, ']');
		break;
	case json_type_object:
		put_letter(packed, '{');
		json_object_object_foreach(value, key, member)
		{
			put_text(packed, ':', key);
			pack(packed, member);
		}
		put_letter(packed, '}');
		break;
	}
}

char *document_pack(struct json_object *document, size_t *ret_size)
{
	struct packed packed = {};

	if (!document)
		return NULL;
	pack(&packed, document);
	if (packed.is_lost) {
		free(packed.bytes);
		return NULL;
	}
	*ret_size = packed.size;
	return packed.bytes;
}

struct reader {
	const char *at, *end;
	unsigned depth;
};

static char take_letter(struct reader *reader)
{
	return reader->at < reader->end ? *reader->at++ : '\0';
}

/* NULL: it does not end. */
static const char *take_text(struct reader *reader)
{
	const char *text = reader->at;
	const char *end = memchr(text, '\0', reader->end - text);

	if (end)
		reader->at = end + 1;
	return end ? text : NULL;
}

static bool unpack(struct reader *reader, struct json_object **ret_value);

static bool unpack_elements(struct reader *reader, struct json_object *array)
{
	while (reader->at < reader->end && *reader->at != ']') {
		struct json_object *value;

		if (!unpack(reader, &value))
			return false;
		if (json_object_array_add(array, value) < 0) {
			json_object_put(value);
			return false;
		}
	}
	return take_letter(reader) == ']';
}

static bool unpack_members(struct reader *reader, struct json_object *object)
{
	char letter;

	while ((letter = take_letter(reader)) == ':') {
		const char *key = take_text(reader);
		struct json_object *value;

		if (!key || !unpack(reader, &value))
			return false;
		if (json_object_object_add(object, key, value) < 0) {
			json_object_put(value);
			return false;
		}
	}
	return letter == '}';
}

static struct json_object *unpack_number(struct reader *reader)
{
	int64_t number;

	if ((size_t)(reader->end - reader->at) < sizeof(number))
		return NULL;
	memcpy(&number, reader->at, sizeof(number));
	reader->at += sizeof(number);
	return json_object_new_int64(number);
}

static struct json_object *unpack_text(struct reader *reader, char letter)
{
	const char *text = take_text(reader);

	if (!text)
		return NULL;
	return letter == 's' ? json_object_new_string(text) :
			       json_object_new_double_s(strtod(text, NULL), text);
}

/* json-c's null is NULL. */
static bool unpack(struct reader *reader, struct json_object **ret_value)
{
	struct json_object *value = NULL;
	char letter = take_letter(reader);
	bool is_good = true, is_list;

	switch (letter) {
	case 'n':
		*ret_value = NULL;
		return true;
	case 't':
	case 'f':
		value = json_object_new_boolean(letter == 't');
		break;
	case 'i':
		value = unpack_number(reader);
		break;
	case 'd':
	case 's':
		value = unpack_text(reader, letter);
		break;
	case '[':
	case '{':
		is_list = letter == '[';
		value = is_list ? json_object_new_array() : json_object_new_object();
		is_good = value && ++reader->depth < DEPTH_MOST &&
			  (is_list ? unpack_elements : unpack_members)(reader, value);
		reader->depth--;
		break;
	}
	if (!value || !is_good) {
		json_object_put(value);
		return false;
	}
	*ret_value = value;
	return true;
}

struct json_object *document_unpack(const char *bytes, size_t size)
{
	struct reader reader = { bytes, bytes + size, 0 };
	struct json_object *document = NULL;

	if (unpack(&reader, &document) && reader.at == reader.end)
		return document;
	json_object_put(document);
	return NULL;
}
