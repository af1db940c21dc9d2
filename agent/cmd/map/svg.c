// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes a picture as SVG: one element that needs nothing else, with text as text. Colours are those of a
 * light page, as attributes that every viewer knows; a style sheet replaces them on a dark one.
 */
#include "cmd/map/picture.h"
#include "cmd/map/xml.h"

#define FONTS                                                                            \
	"system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, "        \
	"'Liberation Sans', 'DejaVu Sans', sans-serif"

struct colours {
	const char *fill, *stroke; /* NULL: none */
};

static const struct look {
	const char *name;
	struct colours light, dark;
} looks[] = {
	[STYLE_PAGE] = { "page", { "#ffffff" }, { "#0d1117" } },
	[STYLE_WIRE] = { "wire", { "none", "#818b98" }, { "none", "#656c76" } },
	[STYLE_FRAME] = { "frame", { "#f6f8fa", "#c8d0d9" }, { "#151b23", "#3d444d" } },
	[STYLE_FRAME_CARD] = { "card", { "#eaf4ff", "#0969da" }, { "#0e2440", "#4493f8" } },
	[STYLE_FRAME_TEXT] = { "frame-text", { "#1f2328" }, { "#f0f6fc" } },
	[STYLE_FRAME_CARD_TEXT] = { "card-text", { "#1f2328" }, { "#f0f6fc" } },
	[STYLE_STEM] = { "port", { "#ffffff", "#818b98" }, { "#212830", "#656c76" } },
	[STYLE_TEXT] = { "text", { "#1f2328" }, { "#f0f6fc" } },
	[STYLE_MUTED] = { "muted", { "#59636e" }, { "#9ba5b0" } },
	[STYLE_WARN] = { "warn", { "#953800" }, { "#f0a060" } },
	[STYLE_CLAIMED] = { "claimed", { "#1a7f37", "#1a7f37" }, { "#238636", "#2ea043" } },
	[STYLE_CLAIMED_TEXT] = { "claimed-text", { "#ffffff" }, { "#ffffff" } },
	[STYLE_CLAIMABLE] = { "claimable",
			      { "#dafbe1", "#1a7f37" },
			      { "#12301c", "#3fb950" } },
	[STYLE_CLAIMABLE_TEXT] = { "claimable-text", { "#116329" }, { "#56d364" } },
	[STYLE_CONFIGURED] = { "configured",
			       { "#ddf4ff", "#0969da" },
			       { "#0c2d6b", "#4493f8" } },
	[STYLE_CONFIGURED_TEXT] = { "configured-text", { "#0550ae" }, { "#a5d6ff" } },
	[STYLE_REFUSED] = { "refused", { "#ffebe9", "#cf222e" }, { "#3c1618", "#f85149" } },
	[STYLE_REFUSED_TEXT] = { "refused-text", { "#a40e26" }, { "#ffa198" } },
	[STYLE_HOST] = { "host", { "#fff8c5", "#9a6700" }, { "#332600", "#d29922" } },
	[STYLE_HOST_TEXT] = { "host-text", { "#6b4500" }, { "#f2cc60" } },
	[STYLE_CULPRIT] = { "culprit", { "#fff1e5", "#bc4c00" }, { "#3d1c00", "#f0883e" } },
	[STYLE_CULPRIT_TEXT] = { "culprit-text", { "#953800" }, { "#ffb77c" } },
};

static void write_rule(FILE *stream, const struct look *look)
{
	fprintf(stream, "    .%s { fill: %s;", look->name, look->dark.fill);
	if (look->dark.stroke)
		fprintf(stream, " stroke: %s;", look->dark.stroke);
	fputs(" }\n", stream);
}

static void write_style_sheet(FILE *stream)
{
	fputs("<style>\n  @media (prefers-color-scheme: dark) {\n", stream);
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++)
		write_rule(stream, &looks[i]);
	fputs("  }\n</style>\n", stream);
}

static void write_look(FILE *stream, enum style style)
{
	const struct look *look = &looks[style];

	fprintf(stream, " class=\"%s\" fill=\"%s\"", look->name, look->light.fill);
	if (look->light.stroke)
		fprintf(stream, " stroke=\"%s\"", look->light.stroke);
}

static void write_text(const struct shape *shape, FILE *stream)
{
	fprintf(stream, "<text x=\"%d\" y=\"%d\" font-size=\"%u\"", shape->x, shape->y,
		font_size(shape->font));
	if (font_is_bold(shape->font))
		fputs(" font-weight=\"bold\"", stream);
	if (shape->is_right)
		fputs(" text-anchor=\"end\"", stream);
	write_look(stream, shape->style);
	fputc('>', stream);
	xml_write(stream, shape->text);
	fputs("</text>\n", stream);
}

static void write_shape(const struct shape *shape, FILE *stream)
{
	if (shape->layer == LAYER_TEXT) {
		write_text(shape, stream);
		return;
	}
	if (shape->layer == LAYER_WIRE)
		fprintf(stream, "<path d=\"M%d %dL%d %d\"", shape->x, shape->y,
			shape->width, shape->height);
	else
		fprintf(stream,
			"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"",
			shape->x, shape->y, shape->width, shape->height,
			shape->layer == LAYER_FRAME ? 8 : 5);
	write_look(stream, shape->style);
	fputs("/>\n", stream);
}

void picture_write_svg(const struct picture *picture, bool is_file, FILE *stream)
{
	if (is_file)
		fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", stream);
	fprintf(stream,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" role=\"graphics-document\" "
		"aria-labelledby=\"map-title map-description\" font-family=\"%s\">\n"
		"<title id=\"map-title\">PCI devices and IOMMU groups</title>\n"
		"<desc id=\"map-description\">",
		picture->width, picture->height, picture->width, picture->height, FONTS);
	xml_write(stream, picture->description);
	fputs("</desc>\n", stream);
	write_style_sheet(stream);
	fprintf(stream, "<rect width=\"%d\" height=\"%d\"", picture->width,
		picture->height);
	write_look(stream, STYLE_PAGE);
	fputs("/>\n", stream);
	for (enum layer layer = 0; layer < LAYER_COUNT_; layer++)
		for (size_t i = 0; i < picture->n; i++)
			if (picture->shapes[i].layer == layer)
				write_shape(&picture->shapes[i], stream);
	fputs("</svg>\n", stream);
}
