// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replaces cards and settings in the text of a configuration, and leaves all other lines as they are.
 * Opens nothing.
 */
#include "cmd/setup/config-edit.h"

#include "base/buffer.h"
#include "base/text.h"
#include "decide/config.h"

#include <stdio.h>

static const char heading[] =
	"# The cards that virtual machines own. `vfio-claim setup` writes the gpu lines and leaves\n"
	"# all others alone. Takes effect at the next boot after `vfio-claim setup --rebuild`.\n";

/* The line's number, from an origin CONFIG_PATH ":<number>"; 0: another origin. */
static unsigned line_of(const struct wanted *wanted)
{
	if (!has_prefix(wanted->origin, CONFIG_PATH ":"))
		return 0;
	return strtoul(wanted->origin + strlen(CONFIG_PATH ":"), NULL, 10);
}

static const struct wanted *gpu_at(const struct config *config, unsigned line)
{
	for (size_t i = 0; i < config->n_wanted; i++)
		if (config->wanted[i].kind == WANTED_GPU &&
		    line_of(&config->wanted[i]) == line)
			return &config->wanted[i];
	return NULL;
}

static const struct config_gpu *replacing(const struct config_gpu *gpus, size_t n,
					  const struct wanted *wanted)
{
	for (size_t i = 0; i < n; i++)
		if (gpus[i].replaces == wanted)
			return &gpus[i];
	return NULL;
}

static void write_new(FILE *stream, const struct config_gpu *gpus, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!gpus[i].replaces)
			fprintf(stream, "gpu = %s\n", gpus[i].value);
}

/* Replaces a line but keeps its comment. */
static void write_setting(FILE *stream, const char *key, const char *value,
			  const char *line, size_t size)
{
	const char *comment = memchr(line, '#', size);

	fprintf(stream, "%s = %s", key, value);
	if (comment)
		fprintf(stream, "  %.*s", (int)(line + size - comment), comment);
	fputc('\n', stream);
}

/* A line that already has the value stays byte for byte. */
static void write_replaced(FILE *stream, const struct config_gpu *gpu, const char *line,
			   size_t size)
{
	if (streq(gpu->value, gpu->replaces->text))
		fprintf(stream, "%.*s\n", (int)size, line);
	else
		write_setting(stream, "gpu", gpu->value, line, size);
}

/* Looks at the key, not at the parsed config, which lacks repeated lines: those must go too. */
static bool is_line_of(const char *line, const char *key)
{
	line += strspn(line, TEXT_BLANKS);
	if (!has_prefix(line, key))
		return false;
	line += strlen(key);
	return line[strspn(line, TEXT_BLANKS)] == '=';
}

static unsigned last_gpu_line(const char *text)
{
	unsigned last = 0;
	const char *line;
	size_t size;

	for (unsigned number = 1; (line = text_next_line(&text, "", &size)); number++)
		if (is_line_of(line, "gpu"))
			last = number;
	return last;
}

int config_edit(const char *text, const struct config *old, const struct config_gpu *gpus,
		size_t n_gpus, char **ret_text)
{
	unsigned last = last_gpu_line(text), number = 0;
	struct buffer edited;
	const char *line;
	size_t size;

	if (buffer_open(&edited) < 0)
		return -ENOMEM;
	if (!*text)
		fputs(heading, edited.stream);
	while ((line = text_next_line(&text, "", &size))) {
		const struct wanted *gpu = gpu_at(old, ++number);
		const struct config_gpu *by = gpu ? replacing(gpus, n_gpus, gpu) : NULL;

		if (by)
			write_replaced(edited.stream, by, line, size);
		else if (!is_line_of(line, "gpu"))
			fprintf(edited.stream, "%.*s\n", (int)size, line);
		if (number == last)
			write_new(edited.stream, gpus, n_gpus);
	}
	if (!last)
		write_new(edited.stream, gpus, n_gpus);
	return buffer_close(&edited, ret_text);
}

int config_edit_setting(const char *text, const char *key, const char *value,
			char **ret_text)
{
	struct buffer edited;
	bool is_there = false;
	const char *line;
	size_t size;

	if (buffer_open(&edited) < 0)
		return -ENOMEM;
	while ((line = text_next_line(&text, "", &size))) {
		if (is_line_of(line, key)) {
			write_setting(edited.stream, key, value, line, size);
			is_there = true;
		} else {
			fprintf(edited.stream, "%.*s\n", (int)size, line);
		}
	}
	if (!is_there)
		fprintf(edited.stream, "%s = %s\n", key, value);
	return buffer_close(&edited, ret_text);
}

/* A serial number of several cards identifies none of them. */
static bool is_serial_shared(const struct snapshot *snapshot,
			     const struct function *function)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *other = &snapshot->functions[i];

		if (other->caps.serial_fact == FACT_KNOWN &&
		    other->caps.serial == function->caps.serial &&
		    !bdf_is_same_slot(&other->address, &function->address) &&
		    pci_id_equal(&other->id, &function->id))
			return true;
	}
	return false;
}

const char *config_gpu_format(const struct snapshot *snapshot,
			      const struct function *function,
			      char buffer[static CONFIG_GPU_SIZE])
{
	struct identity identity = identity_of(function);

	if (identity.has_serial && is_serial_shared(snapshot, function))
		identity.has_serial = false;
	return identity_format(&identity, buffer);
}
