// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints what a person does where this system's boot image is not built in place. Writes and runs
 * nothing.
 */
#include "cmd/setup/say.h"
#include "cmd/setup/setup-parts.h"

#include <stdio.h>

/* Without comments, of which a file that setup writes has some for its reader. */
static void print_config(const char *text)
{
	const char *line;
	size_t size;

	while ((line = text_next_line(&text, "", &size)))
		if (size && *line != '#')
			printf("    %.*s\n", (int)size, line);
}

static void print_line(const struct recipe *recipe, const char *parameter,
		       const struct span line)
{
	const char *end = line.text + line.size;

	printf("    ");
	for (const char *c = line.text; c < end; c++)
		if (*c == '%' && c[1] == 'p')
			printf("%s", (c++, parameter));
		else if (*c == '%' && c[1] == 'm')
			printf("%s", (c++, recipe->module));
		else
			putchar(*c);
	printf("\n");
}

static void print_step(const struct setup *setup, const struct recipe *recipe,
		       const struct recipe_step *step)
{
	const char *cursor = step->lines;
	struct span line;

	if (step->is_for_parameter && (!setup->cmdline.wish.adds_parameter ||
				       cmdline_change_is_made(&setup->cmdline)))
		return;
	if (*step->text)
		say_paragraph("%s", step->text);
	if (streq(step->lines, "%c")) {
		print_config(setup->change.new_text ?: "");
		return;
	}
	/* As they are: a long line that is to be copied is not wrapped. */
	while ((line.text = text_next_line(&cursor, "", &line.size)))
		print_line(recipe, INTEL_IOMMU_ON, line);
}

int setup_show_recipe(const struct setup *setup)
{
	const struct builder *builder = setup->change.builder;
	const struct recipe *recipe = builder->recipe;
	const struct recipe_step *step = recipe->steps;

	printf("\n");
	for (; step && step->text; step++)
		print_step(setup, recipe, step);
	return say_error(EXIT_NOT_AS_CONFIGURED, recipe->then, "%s; nothing was changed",
			 builder->why);
}
