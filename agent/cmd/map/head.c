// SPDX-License-Identifier: GPL-2.0-or-later
/* Draws what a picture begins with, the answer for each display, and what explains its signs. Pure. */
#include "cmd/map/layout.h"

#include "base/text.h"

#define DISPLAYS_MOST 12
#define TITLE "PCI devices and IOMMU groups"
#define PARTLY_READ                                                                      \
	"Why some functions share a group is not known: root can read more of "          \
	"configuration space."

static size_t count_displays(const struct map *map)
{
	size_t n = 0;

	for (size_t i = 0; i < map->n_functions; i++)
		n += map->functions[i].kind == MAP_DISPLAY;
	return n;
}

/* The width of the widest address and name. */
static void measure(const struct map *map, int *ret_address, int *ret_name)
{
	char address[PCI_ADDRESS_SIZE];

	*ret_address = *ret_name = 0;
	for (size_t i = 0; i < map->n_functions; i++) {
		const struct map_function *function = &map->functions[i];
		int width =
			font_measure(FONT_PLAIN, bdf_format(&function->address, address));
		int name = font_measure(FONT_STRONG, function->name);

		if (function->kind != MAP_DISPLAY)
			continue;
		if (width > *ret_address)
			*ret_address = width;
		if (name > *ret_name)
			*ret_name = name;
	}
}

static int draw_display(struct picture *picture, const struct map_function *function,
			int y, int address_width, int name_width, int width)
{
	int x = MARGIN, name_height, labels_height, rest;
	struct label labels[LABELS_MOST];
	char address[PCI_ADDRESS_SIZE];
	size_t n;

	picture_text(picture, STYLE_MUTED, FONT_PLAIN, x, y, address_width,
		     bdf_format(&function->address, address));
	x += address_width + 14;
	name_height = picture_text(picture, STYLE_TEXT, FONT_STRONG, x, y, name_width,
				   function->name);
	x += name_width + 14;
	rest = width - MARGIN - x;
	n = labels_of(function, labels);
	n -= n && labels[n - 1].style == STYLE_CULPRIT; /* the picture shows it */
	labels_height = labels_draw(picture, labels, n, x, y - 1, rest);
	return y + (labels_height > name_height ? labels_height : name_height) + 5;
}

static int draw_displays(struct picture *picture, const struct map *map, int y, int width)
{
	int address_width, name_width;
	size_t n = 0;

	measure(map, &address_width, &name_width);
	if (name_width > width / 2 - MARGIN)
		name_width = width / 2 - MARGIN;
	for (size_t i = 0; i < map->n_functions; i++)
		if (map->functions[i].kind == MAP_DISPLAY && n++ < DISPLAYS_MOST)
			y = draw_display(picture, &map->functions[i], y, address_width,
					 name_width, width);
	if (n > DISPLAYS_MOST) {
		char text[48];

		snprintf(text, sizeof(text), "and %zu more displays", n - DISPLAYS_MOST);
		y += picture_text(picture, STYLE_MUTED, FONT_PLAIN, MARGIN, y,
				  width - 2 * MARGIN, text);
	}
	return y;
}

int head_draw(struct picture *picture, const struct map *map, int width)
{
	int inner = width - 2 * MARGIN, y = MARGIN - 6;

	y += picture_text(picture, STYLE_TEXT, FONT_TITLE, MARGIN, y, inner, TITLE);
	y += picture_text(picture, STYLE_MUTED, FONT_PLAIN, MARGIN, y, inner, map->system);
	if (map->is_partly_read)
		y += picture_text(picture, STYLE_WARN, FONT_PLAIN, MARGIN, y, inner,
				  PARTLY_READ);
	y += 12;
	if (!count_displays(map))
		return y + picture_text(picture, STYLE_TEXT, FONT_STRONG, MARGIN, y,
					inner, "This machine has no display.");
	return draw_displays(picture, map, y, width);
}

/* Frees `text` and returns it with more behind it, or NULL. */
static char *continue_text(char *text, const char *before, const char *more)
{
	char *longer = text ? text_format("%s%s%s", text, before, more) : NULL;

	free(text);
	return longer;
}

char *head_describe(const struct map *map)
{
	char *text = strdup(map->system);

	for (size_t i = 0; i < map->n_functions; i++) {
		const struct map_function *function = &map->functions[i];
		struct label labels[LABELS_MOST];
		char address[PCI_ADDRESS_SIZE];
		size_t n = labels_of(function, labels);

		if (function->kind != MAP_DISPLAY)
			continue;
		text = continue_text(text, ". ", bdf_format(&function->address, address));
		text = continue_text(text, " ", function->name);
		for (size_t k = 0; k < n; k++)
			text = continue_text(text, k ? ", " : ": ", labels[k].text);
	}
	return text;
}

/* Legend --------------------------------------------------------------------------------------- */

static const struct {
	enum style style;
	const char *label, *text;
} legend[] = {
	{ STYLE_FRAME, "group", "an IOMMU group: a VM gets all of it or nothing" },
	{ STYLE_FRAME_CARD, "group", "a group with a display" },
	{ STYLE_CLAIMED, "claimed", "on vfio-pci now, for a VM" },
	{ STYLE_CONFIGURED, "configured", "to be claimed at boot" },
	{ STYLE_CLAIMABLE, "claimable", "a VM could have it after the next boot" },
	{ STYLE_REFUSED, "refused", "not at the next boot" },
	{ STYLE_HOST, "host", "what the host uses it for" },
	{ STYLE_CULPRIT, "no ACS", "the cause of a shared group" },
};

static bool is_shown(const struct picture *picture, enum style style)
{
	for (size_t i = 0; i < picture->n; i++)
		if (picture->shapes[i].style == style)
			return true;
	return false;
}

/* Only what is in the picture. */
int legend_draw(struct picture *picture, int y, int width)
{
	int x = MARGIN, right = width - MARGIN;

	for (size_t i = 0; i < ARRAY_SIZE(legend); i++) {
		struct extent label = picture_label_extent(width, legend[i].label);
		int text = font_measure(FONT_SMALL, legend[i].text);

		if (!is_shown(picture, legend[i].style))
			continue;
		if (x > MARGIN && x + label.width + 6 + text > right) {
			x = MARGIN;
			y += label.height + 7;
		}
		picture_label(picture, legend[i].style, x, y, width, legend[i].label);
		picture_text(picture, STYLE_MUTED, FONT_SMALL, x + label.width + 6, y + 1,
			     right, legend[i].text);
		x += label.width + 6 + text + 18;
	}
	return y + 24;
}
