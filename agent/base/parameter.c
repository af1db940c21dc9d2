// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Splits the kernel command line and module options into words, by the kernel's own rules
 * (lib/cmdline.c: next_arg(), kernel/params.c: parse_args()). Pure: no I/O, no clock, no
 * environment.
 */
#include "base/parameter.h"

#include <stdio.h>

#define BLANKS " \t\n\r\v\f"

/* Quotes may enclose the whole word or the value. */
static void take_apart(struct parameter *parameter, size_t equals, bool is_quoted)
{
	const char *end = parameter->text + parameter->size;

	if (is_quoted && end - parameter->name > 0 && end[-1] == '"')
		end--;
	parameter->name_size = equals ? equals : (size_t)(end - parameter->name);
	if (!equals)
		return;
	parameter->value = parameter->name + equals + 1;
	if (parameter->value < end && *parameter->value == '"') {
		parameter->value++;
		if (end > parameter->value && end[-1] == '"')
			end--;
	}
	parameter->value_size = end - parameter->value;
}

bool parameter_next(const char **cursor, struct parameter *ret_parameter)
{
	const char *at = *cursor + strspn(*cursor, BLANKS);
	struct parameter parameter = { .text = at, .name = at };
	bool is_quoted = *at == '"', is_within = is_quoted;
	size_t equals = 0;

	if (!*at)
		return false;
	if (is_quoted)
		parameter.name = ++at;
	for (; *at && (is_within || !strchr(BLANKS, *at)); at++) {
		if (*at == '=' && !equals)
			equals = at - parameter.name;
		if (*at == '"')
			is_within = !is_within;
	}
	parameter.size = at - parameter.text;
	take_apart(&parameter, equals, is_quoted);
	*cursor = at;
	*ret_parameter = parameter;
	return true;
}

static char plain(char c)
{
	return c == '-' ? '_' : c;
}

bool parameter_is(const struct parameter *parameter, const char *name)
{
	size_t size = strlen(name);

	if (parameter->name_size != size)
		return false;
	for (size_t i = 0; i < size; i++)
		if (plain(parameter->name[i]) != plain(name[i]))
			return false;
	return true;
}

bool parameter_is_end(const struct parameter *parameter)
{
	/* The name itself: "__" is another word. */
	return !parameter->value &&
	       span_equal((struct span){ parameter->name, parameter->name_size }, "--");
}

bool parameter_find(const char *cmdline, const char *name, struct parameter *ret_parameter)
{
	struct parameter parameter;
	bool is_there = false;

	while (parameter_next(&cmdline, &parameter) && !parameter_is_end(&parameter)) {
		if (!parameter_is(&parameter, name))
			continue;
		*ret_parameter = parameter;
		is_there = true;
	}
	return is_there;
}

bool parameter_find_value(const char *cmdline, const char *name, struct span *ret_value)
{
	struct parameter parameter;
	bool is_there = false;

	while (parameter_next(&cmdline, &parameter)) {
		if (!parameter.value || !parameter_is(&parameter, name))
			continue;
		*ret_value = (struct span){ parameter.value, parameter.value_size };
		is_there = true;
	}
	return is_there;
}

/* kernel/module: blacklisted() compares with the module's own name, which never contains '-'. */
bool parameter_lists(const struct parameter *parameter, const char *module)
{
	const char *value = parameter->value;
	size_t left = value ? parameter->value_size : 0, length = strlen(module);

	while (left) {
		const char *comma = memchr(value, ',', left);
		size_t size = comma ? (size_t)(comma - value) : left;

		if (size == length && !memcmp(value, module, size))
			return true;
		size += comma != NULL;
		value += size;
		left -= size;
	}
	return false;
}

/* vfio-pci's ids= ------------------------------------------------------------------------- */

bool options_drop_ids(char *options)
{
	const char *cursor = options;
	struct parameter parameter;
	bool is_dropped = false;
	char *end = options;

	/* Kept words move towards the front and never overtake the cursor. */
	while (parameter_next(&cursor, &parameter)) {
		if (parameter_is(&parameter, "ids")) {
			is_dropped = true;
			continue;
		}
		if (end > options)
			*end++ = ' ';
		memmove(end, parameter.text, parameter.size);
		end += parameter.size;
	}
	*end = '\0';
	return is_dropped;
}
