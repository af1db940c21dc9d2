// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How does the configuration file read when other cards are configured, and all else in it is
 * left as its owner wrote it? Text in, text out; opens nothing.
 */
#include "cmd/setup/config-edit.h"

#include "base/buffer.h"
#include "decide/config.h"

#include <stdio.h>

static const char heading[] =
	"# What a virtual machine shall own. `vfio-claim setup` writes the gpu lines and leaves\n"
	"# all others alone. Takes effect with the next boot after `vfio-claim setup --rebuild`.\n";

/* A line of the file by the origin of what was read there: CONFIG_PATH ":<number>". */
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

/* In place of a line, whose comment stays. */
static void write_setting(FILE *stream, const char *key, const char *value,
			  const char *line, size_t size)
{
	const char *comment = memchr(line, '#', size);

	fprintf(stream, "%s = %s", key, value);
	if (comment)
		fprintf(stream, "  %.*s", (int)(line + size - comment), comment);
	fputc('\n', stream);
}

/* A line that says the same already stays, its comment and blanks with it. */
static void write_replaced(FILE *stream, const struct config_gpu *gpu, const char *line,
			   size_t size)
{
	if (streq(gpu->value, gpu->replaces->text))
		fprintf(stream, "%.*s\n", (int)size, line);
	else
		write_setting(stream, "gpu", gpu->value, line, size);
}

/* By its key, not by what was parsed: a repeated line is in no config, and must go too. */
static bool is_line_of(const char *line, const char *key)
{
	line += strspn(line, TEXT_BLANKS);
	if (!has_prefix(line, key))
		return false;
	line += strlen(key);
	return line[strspn(line, TEXT_BLANKS)] == '=';
}

static bool is_gpu_line(const char *line)
{
	return is_line_of(line, "gpu");
}

static unsigned last_gpu_line(const char *text)
{
	unsigned last = 0;

	for (unsigned number = 1; *text; number++) {
		if (is_gpu_line(text))
			last = number;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return last;
}

int config_edit(const char *text, const struct config *old, const struct config_gpu *gpus,
		size_t n_gpus, char **ret_text)
{
	unsigned last = last_gpu_line(text), number = 0;
	struct buffer edited;

	if (buffer_open(&edited) < 0)
		return -ENOMEM;
	if (!*text)
		fputs(heading, edited.stream);
	while (*text) {
		size_t size = strcspn(text, "\n");
		const struct wanted *gpu = gpu_at(old, ++number);
		const struct config_gpu *by = gpu ? replacing(gpus, n_gpus, gpu) : NULL;

		if (by)
			write_replaced(edited.stream, by, text, size);
		else if (!is_gpu_line(text))
			fprintf(edited.stream, "%.*s\n", (int)size, text);
		if (number == last)
			write_new(edited.stream, gpus, n_gpus);
		text += size;
		text += *text == '\n';
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

	if (buffer_open(&edited) < 0)
		return -ENOMEM;
	while (*text) {
		size_t size = strcspn(text, "\n");

		if (is_line_of(text, key)) {
			write_setting(edited.stream, key, value, text, size);
			is_there = true;
		} else {
			fprintf(edited.stream, "%.*s\n", (int)size, text);
		}
		text += size;
		text += *text == '\n';
	}
	if (!is_there)
		fprintf(edited.stream, "%s = %s\n", key, value);
	return buffer_close(&edited, ret_text);
}

/* A number that another card has too tells nothing. */
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
