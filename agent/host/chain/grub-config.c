// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the entries and the default of grub.cfg as grub-mkconfig writes it: one command on a line. Follows
 * no condition and no other file. Opens nothing.
 */
#include "host/chain/grub-config.h"

#include "base/buffer.h"

#include <ctype.h>
#include <stdio.h>

#define DEPTH_MAX 8

/* Words ------------------------------------------------------------------------------------ */

struct context {
	const struct grub_config *config;
	const char *environment;
};

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The variable's name after a '$' at *cursor, which moves behind it. */
static struct span take_name(const char **cursor, const char *end)
{
	bool has_brace = *cursor < end && **cursor == '{';
	struct span name = { *cursor + has_brace, 0 };

	while (name.text + name.size < end && is_name(name.text[name.size]))
		name.size++;
	*cursor = name.text + name.size;
	if (has_brace && *cursor < end && **cursor == '}')
		(*cursor)++;
	return name;
}

/* "NAME=VALUE" lines of the environment block, where '\' quotes the next character. */
static bool find_in_environment(const char *environment, struct span name, FILE *stream)
{
	const char *line;
	size_t size;

	while ((line = text_next_line(&environment, "", &size))) {
		if (size <= name.size || line[name.size] != '=' ||
		    memcmp(line, name.text, name.size) != 0)
			continue;
		for (size_t i = name.size + 1; i < size; i++)
			if (line[i] != '\\' || ++i < size)
				fputc(line[i], stream);
		return true;
	}
	return false;
}

static void write_variable(const struct context *context, struct span name, FILE *stream)
{
	const struct strings *variables = &context->config->variables;

	if (!name.size || find_in_environment(context->environment, name, stream))
		return;
	for (size_t i = variables->n; i-- > 0;) {
		const char *item = variables->items[i];

		if (strncmp(item, name.text, name.size) == 0 && item[name.size] == '=') {
			fputs(item + name.size + 1, stream);
			return;
		}
	}
}

/* Writes the next word at *cursor without its quotes. False: there is none. */
static bool write_word(const struct context *context, const char **cursor,
		       const char *end, FILE *stream)
{
	char quote = '\0';
	const char *next = *cursor + strspn(*cursor, TEXT_BLANKS);

	if (next >= end || *next == '#') {
		*cursor = end;
		return false;
	}
	for (; next < end && (quote || !strchr(TEXT_BLANKS, *next)); next++) {
		if (*next == '\\' && quote != '\'' && next + 1 < end)
			fputc(*++next, stream);
		else if (*next == quote)
			quote = '\0';
		else if (!quote && (*next == '\'' || *next == '"'))
			quote = *next;
		else if (*next == '$' && quote != '\'') {
			next++;
			write_variable(context, take_name(&next, end), stream);
			next--;
		} else
			fputc(*next, stream);
	}
	*cursor = next;
	return true;
}

/* The words of a line, with variables replaced. */
static int split(const struct context *context, struct span line, struct strings *words)
{
	const char *cursor = line.text, *end = line.text + line.size;

	for (;;) {
		_cleanup_free_ char *word = NULL;
		struct buffer buffer;
		bool is_word;

		if (buffer_open(&buffer) < 0)
			return -ENOMEM;
		is_word = write_word(context, &cursor, end, buffer.stream);
		if (buffer_close(&buffer, &word) < 0)
			return -ENOMEM;
		if (!is_word)
			return 0;
		if (strings_add(words, word) < 0)
			return -ENOMEM;
	}
}

char *grub_expand(const struct grub_config *config, const char *environment,
		  struct span text)
{
	const struct context context = { config, environment };
	const char *next = text.text, *end = text.text + text.size;
	struct buffer buffer;
	char *expanded = NULL;

	if (buffer_open(&buffer) < 0)
		return NULL;
	while (next < end) {
		if (*next != '$') {
			fputc(*next++, buffer.stream);
			continue;
		}
		next++;
		write_variable(&context, take_name(&next, end), buffer.stream);
	}
	return buffer_close(&buffer, &expanded) < 0 ? NULL : expanded;
}

/* To be freed: the environment block's, else what grub.cfg sets. NULL: not set, or no memory. */
static char *find_variable(const struct grub_config *config, const char *environment,
			   struct span name)
{
	const struct context context = { config, environment };
	_cleanup_free_ char *value = NULL;
	struct buffer buffer;

	if (buffer_open(&buffer) < 0)
		return NULL;
	write_variable(&context, name, buffer.stream);
	if (buffer_close(&buffer, &value) < 0 || !*value)
		return NULL;
	return steal(value);
}

/* Lines ------------------------------------------------------------------------------------ */

/* An open brace: of a menuentry, of a submenu, or of a function. */
struct block {
	bool is_entry, is_submenu;
	size_t n_inside;	      /* entries and submenus so far */
	char *numbers, *ids, *titles; /* of a submenu, as of an entry */
};

struct parsing {
	struct grub_config *config;
	const char *environment;
	struct block blocks[DEPTH_MAX];
	size_t depth; /* blocks[0] is the file itself */
	struct grub_entry *entry;
	bool is_foreign;
	char *timeout_style;
	char *timeout;
};

static int set_string(char **string, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*string);
	*string = copy;
	return 0;
}

/* The words from `first` on with blanks between them, to be freed. */
static char *join(const struct strings *words, size_t first)
{
	struct buffer buffer;
	char *text = NULL;

	if (buffer_open(&buffer) < 0)
		return NULL;
	for (size_t i = first; i < words->n; i++)
		fprintf(buffer.stream, "%s%s", i > first ? " " : "", words->items[i]);
	return buffer_close(&buffer, &text) < 0 ? NULL : text;
}

/* --id ID, or $menuentry_id_option ID, which is "--id" or empty in GRUB. */
static const char *find_id(const struct strings *words)
{
	for (size_t i = 2; i + 1 < words->n; i++)
		if (streq(words->items[i], "--id"))
			return words->items[i + 1];
	return "";
}

static struct block *nearest_menu(struct parsing *parsing)
{
	size_t i = parsing->depth;

	while (i && !parsing->blocks[i].is_submenu)
		i--;
	return &parsing->blocks[i];
}

/* "OUTER>own", or "own" at the top. To be freed; NULL: no memory. */
static char *join_names(const char *outer, const char *own)
{
	return text_format("%s%s%s", outer ?: "", outer ? ">" : "", own);
}

static int name_block(struct parsing *parsing, const struct strings *words,
		      struct block *block)
{
	struct block *menu = nearest_menu(parsing);
	char number[24];

	snprintf(number, sizeof(number), "%zu", menu->n_inside++);
	block->numbers = join_names(menu->numbers, number);
	block->ids = join_names(menu->ids, find_id(words));
	block->titles = join_names(menu->titles, words->n > 1 ? words->items[1] : "");
	return block->numbers && block->ids && block->titles ? 0 : -ENOMEM;
}

static int add_entry(struct parsing *parsing, const struct strings *words,
		     struct block *block)
{
	struct grub_config *config = parsing->config;
	struct grub_entry *entry;

	if (array_reserve(&config->entries, config->n, &config->capacity, sizeof(*entry)) <
	    0)
		return -ENOMEM;
	entry = &config->entries[config->n++];
	*entry = (struct grub_entry){
		.title = strdup(words->n > 1 ? words->items[1] : ""),
		.id = strdup(find_id(words)),
		.numbers = steal(block->numbers),
		.ids = steal(block->ids),
		.titles = steal(block->titles),
		.is_foreign = parsing->is_foreign,
	};
	parsing->entry = entry;
	return entry->title && entry->id ? 0 : -ENOMEM;
}

static int open_block(struct parsing *parsing, const struct strings *words)
{
	const char *command = words->items[0];
	struct block *block = &parsing->blocks[parsing->depth + 1];
	struct block opened = { .is_entry = streq(command, "menuentry"),
				.is_submenu = streq(command, "submenu") };
	int r = 0;

	if (parsing->depth + 1 == DEPTH_MAX)
		return -E2BIG;
	if (parsing->entry)
		opened.is_entry = opened.is_submenu = false;
	*block = opened;
	if (opened.is_entry || opened.is_submenu)
		r = name_block(parsing, words, block);
	if (r == 0 && opened.is_entry)
		r = add_entry(parsing, words, block);
	parsing->depth++;
	return r;
}

static void close_block(struct parsing *parsing)
{
	struct block *block = &parsing->blocks[parsing->depth];

	if (!parsing->depth)
		return;
	if (block->is_entry)
		parsing->entry = NULL;
	free(block->numbers);
	free(block->ids);
	free(block->titles);
	parsing->depth--;
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (streq(word, *words))
			return true;
	return false;
}

/* Xen is the kernel to GRUB; Linux and its image are then modules. */
static int take_in_entry(struct grub_entry *entry, const struct strings *words)
{
	static const char *const kernels[] = { "linux",	 "linux16", "linuxefi",
					       "module", "module2", NULL };
	static const char *const images[] = { "initrd", "initrd16", "initrdefi",
					      "module", "module2",  NULL };
	size_t first = words->n > 1 && streq(words->items[1], "--nounzip") ? 2 : 1;
	int r = 0;

	if (words->n <= first)
		return 0;
	if (!entry->kernel && is_one_of(words->items[0], kernels)) {
		entry->kernel = strdup(words->items[first]);
		entry->options = join(words, first + 1);
		return entry->kernel && entry->options ? 0 : -ENOMEM;
	}
	if (is_one_of(words->items[0], images))
		for (size_t i = first; i < words->n && r == 0; i++)
			r = strings_add(&entry->images, words->items[i]);
	return r;
}

/* `set default="${next_entry}"` is only read where that is set, and then names the next boot alone. */
static int take_set(struct parsing *parsing, const char *assignment)
{
	if (has_prefix(assignment, "timeout_style="))
		return set_string(&parsing->timeout_style, strchr(assignment, '=') + 1);
	if (has_prefix(assignment, "timeout=") &&
	    (!parsing->timeout || parsing->timeout_style))
		return set_string(&parsing->timeout, strchr(assignment, '=') + 1);
	return strchr(assignment, '=') ?
		       strings_add(&parsing->config->variables, assignment) :
		       0;
}

static int take_words(struct parsing *parsing, const struct strings *words)
{
	const char *command = words->items[0], *last = words->items[words->n - 1];

	if (streq(last, "{"))
		return open_block(parsing, words);
	if (streq(command, "}")) {
		close_block(parsing);
		return 0;
	}
	if (parsing->entry)
		return take_in_entry(parsing->entry, words);
	if (streq(command, "blscfg"))
		parsing->config->has_blscfg = true;
	else if (streq(command, "set") && words->n > 1)
		return take_set(parsing, words->items[1]);
	return 0;
}

static int take_line(struct parsing *parsing, struct span line)
{
	const struct context context = { parsing->config, parsing->environment };
	CLEANUP(strings_done) struct strings words = {};
	int r;

	if (line.size && *line.text == '#') {
		if (has_prefix(line.text, "### BEGIN "))
			parsing->is_foreign =
				memmem(line.text, line.size, "os-prober", 9) != NULL;
		return 0;
	}
	r = split(&context, line, &words);
	return r == 0 && words.n ? take_words(parsing, &words) : r;
}

/* 00_header asks `next_entry` first, which is for one boot, then has what GRUB_DEFAULT says. */
static char *choose(const struct parsing *parsing)
{
	const struct grub_config *config = parsing->config;
	char *next = find_variable(config, parsing->environment,
				   (struct span){ "next_entry", 10 });

	return next ? next : find_variable(config, "", (struct span){ "default", 7 });
}

static bool is_hidden(const struct parsing *parsing)
{
	const char *style = parsing->timeout_style, *timeout = parsing->timeout;

	return (style && *style && !streq(style, "menu")) ||
	       (timeout && streq(timeout, "0"));
}

int grub_config_parse(const char *text, const char *environment,
		      struct grub_config *ret_config)
{
	/* Outside of GRUB the option has no value, and its id would be taken for a word. */
	static const char id_option[] = "menuentry_id_option=--id";
	struct grub_config config = {};
	struct parsing parsing = { .config = &config, .environment = environment };
	struct span rest = { text, strlen(text) };
	int r = strings_add(&config.variables, id_option);

	while (r == 0 && rest.size)
		r = take_line(&parsing, span_trim(span_next(&rest, "\n")));
	while (parsing.depth)
		close_block(&parsing);
	if (r == -E2BIG) /* grub-mkconfig never nests so deep: keep what was read */
		r = 0;
	if (r == 0)
		config.chosen = choose(&parsing);
	config.is_menu_hidden = is_hidden(&parsing);
	free(parsing.timeout_style);
	free(parsing.timeout);
	if (r < 0) {
		grub_config_done(&config);
		return r;
	}
	*ret_config = config;
	return 0;
}

void grub_config_done(struct grub_config *config)
{
	for (size_t i = 0; i < config->n; i++) {
		struct grub_entry *entry = &config->entries[i];

		free(entry->title);
		free(entry->id);
		free(entry->numbers);
		free(entry->ids);
		free(entry->titles);
		free(entry->kernel);
		free(entry->options);
		strings_done(&entry->images);
	}
	free(config->entries);
	free(config->chosen);
	strings_done(&config->variables);
	*config = (struct grub_config){};
}

static bool is_same(struct span a, struct span b)
{
	return a.size == b.size && memcmp(a.text, b.text, a.size) == 0;
}

/* GRUB compares each part of "1>linux-6.1" with the number, the id and the title on that level. */
bool grub_config_chooses(const struct grub_config *config, const struct grub_entry *entry)
{
	const char *chosen_text = config->chosen ?: "0";
	struct span chosen = { chosen_text, strlen(chosen_text) };
	struct span numbers = { entry->numbers, strlen(entry->numbers) };
	struct span ids = { entry->ids, strlen(entry->ids) };
	struct span titles = { entry->titles, strlen(entry->titles) };

	while (chosen.size && numbers.size) {
		struct span part = span_next(&chosen, ">");
		struct span number = span_next(&numbers, ">"), id = span_next(&ids, ">");
		struct span title = span_next(&titles, ">");

		if (!part.size || (!is_same(part, number) && !is_same(part, id) &&
				   !is_same(part, title)))
			return false;
	}
	return !chosen.size && !numbers.size;
}
