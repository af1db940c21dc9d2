// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads a variable out of files that builders source as shell, with file and line. Runs no shell. */
#include "host/setting.h"

#include "base/text.h"

#define SETTING_SIZE_MAX (256 * 1024)
#define BLANKS " \t"

struct reading {
	struct setting *setting;
	const char *path;
	unsigned line; /* of the assignment */
};

static void origin_done(struct setting_origin *origin)
{
	free(origin->path);
	*origin = (struct setting_origin){};
}

static int origin_set(struct setting_origin *origin, const struct reading *reading)
{
	origin_done(origin);
	origin->path = strdup(reading->path);
	origin->line = reading->line;
	return origin->path ? 0 : -ENOMEM;
}

static void forget_words(struct setting *setting)
{
	for (size_t i = 0; i < setting->n; i++) {
		free(setting->words[i].text);
		origin_done(&setting->words[i].origin);
	}
	setting->n = 0;
}

void setting_done(struct setting *setting)
{
	forget_words(setting);
	free(setting->words);
	origin_done(&setting->last);
	*setting = (struct setting){};
}

static int add_word(const struct reading *reading, const char *text, size_t size)
{
	struct setting *setting = reading->setting;
	struct setting_word word = { .text = strndup(text, size) };

	if (!word.text || origin_set(&word.origin, reading) < 0 ||
	    array_reserve(&setting->words, setting->n, &setting->capacity, sizeof(word)) <
		    0) {
		free(word.text);
		origin_done(&word.origin);
		return -ENOMEM;
	}
	setting->words[setting->n++] = word;
	return 0;
}

/* Steps over what separates words; a comment only outside of quotes. */
static const char *skip_to_word(const char *text, bool is_quoted)
{
	for (;;) {
		text += strspn(text, BLANKS "\n\\");
		if (*text != '#' || is_quoted)
			return text;
		text += strcspn(text, "\n");
	}
}

/* The words between `text` and the character that closes them; whole only with it. */
static int take_words(const struct reading *reading, const char *text, char close)
{
	bool is_quoted = close != ')';
	char ends[] = BLANKS "\n\"')";
	size_t size;
	int r = 0;

	for (text = skip_to_word(text, is_quoted); *text && *text != close && r == 0;
	     text = skip_to_word(text, is_quoted)) {
		size = strcspn(text, ends);
		if (size)
			r = add_word(reading, text, size);
		else if (*text == close)
			break;
		text += size ? size : 1; /* quotes of a single word */
	}
	return r;
}

static int take_value(const struct reading *reading, const char *text)
{
	size_t size;

	if (*text == '(')
		return take_words(reading, text + 1, ')');
	if (*text == '"' || *text == '\'')
		return take_words(reading, text + 1, *text);
	size = strcspn(text, BLANKS "\n;#\"'");
	return size ? add_word(reading, text, size) : 0;
}

/* `text` stands behind the key; not every use of the name is an assignment. */
static int take_assignment(const struct reading *reading, const char *text)
{
	bool adds = has_prefix(text, "+=");
	int r;

	if (!adds && *text != '=')
		return 0;
	if (!adds)
		forget_words(reading->setting);
	r = origin_set(&reading->setting->last, reading);
	return r < 0 ? r : take_value(reading, text + (adds ? 2 : 1));
}

int setting_read(const struct root *root, const char *path, const char *key,
		 struct setting *setting)
{
	struct reading reading = { .setting = setting, .path = path };
	_cleanup_free_ char *text = NULL;
	const char *cursor, *line;
	size_t size;
	int r;

	r = root_read_file(root, path, SETTING_SIZE_MAX, &text, &size);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	cursor = text;
	while (r == 0 && (line = text_next_line(&cursor, "", &size))) {
		reading.line++;
		line += strspn(line, BLANKS);
		if (has_prefix(line, key))
			r = take_assignment(&reading, line + strlen(key));
	}
	return r;
}

const struct setting_word *setting_find(const struct setting *setting, const char *word)
{
	for (size_t i = 0; i < setting->n; i++)
		if (streq(setting->words[i].text, word))
			return &setting->words[i];
	return NULL;
}
