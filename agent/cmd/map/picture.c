// SPDX-License-Identifier: GPL-2.0-or-later
/* Adds shapes to a picture, and breaks text into lines. Pure. */
#include "cmd/map/picture.h"

#include "cmd/map/text-width.h"

#define LABEL_PAD_X 7
#define LABEL_PAD_Y 2
#define LABEL_FONT FONT_SMALL_STRONG

static const struct {
	unsigned size, line;
	bool is_bold;
} fonts[] = {
	[FONT_TITLE] = { 20, 28, true },  [FONT_CARD] = { 15, 20, true },
	[FONT_STRONG] = { 13, 18, true }, [FONT_PLAIN] = { 13, 18, false },
	[FONT_SMALL] = { 12, 16, false }, [FONT_SMALL_STRONG] = { 11, 15, true },
};

unsigned font_size(enum font font)
{
	return fonts[font].size;
}

bool font_is_bold(enum font font)
{
	return fonts[font].is_bold;
}

unsigned font_ascent(enum font font)
{
	return fonts[font].line - (fonts[font].line - fonts[font].size) / 2 - 2;
}

unsigned font_measure(enum font font, const char *text)
{
	return text_width(text, SIZE_MAX, fonts[font].size, fonts[font].is_bold);
}

void picture_done(struct picture *picture)
{
	for (size_t i = 0; i < picture->n; i++)
		free(picture->shapes[i].text);
	free(picture->shapes);
	free(picture->description);
	*picture = (struct picture){};
}

static struct shape *add(struct picture *picture, struct shape shape)
{
	if (array_reserve(&picture->shapes, picture->n, &picture->capacity,
			  sizeof(shape)) < 0) {
		picture->error = -ENOMEM;
		return NULL;
	}
	picture->shapes[picture->n] = shape;
	return &picture->shapes[picture->n++];
}

void picture_box(struct picture *picture, enum style style, int x, int y, int width,
		 int height)
{
	enum layer layer = style == STYLE_STEM ? LAYER_BOX : LAYER_LABEL;

	if (style == STYLE_FRAME || style == STYLE_FRAME_CARD)
		layer = LAYER_FRAME;
	add(picture, (struct shape){ layer, style, x, y, width, height });
}

void picture_wire(struct picture *picture, int x, int y, int to_x, int to_y)
{
	add(picture, (struct shape){ LAYER_WIRE, STYLE_WIRE, x, y, to_x, to_y });
}

static int add_lines(struct picture *picture, struct shape shape, int width,
		     const char *text)
{
	int line = fonts[shape.font].line, top = shape.y;

	for (; *text; shape.y += line) {
		size_t n = text_line(text, width, fonts[shape.font].size,
				     fonts[shape.font].is_bold);
		struct shape *added;

		added = add(picture, shape);
		if (added) {
			added->y += font_ascent(shape.font);
			added->text = strndup(text, n);
			if (!added->text)
				picture->error = -ENOMEM;
		}
		text += n;
		text += *text == ' ';
	}
	return shape.y - top;
}

int picture_text(struct picture *picture, enum style style, enum font font, int x, int y,
		 int width, const char *text)
{
	return add_lines(picture, (struct shape){ LAYER_TEXT, style, x, y, .font = font },
			 width, text);
}

int picture_text_right(struct picture *picture, enum style style, enum font font, int x,
		       int y, int width, const char *text)
{
	return add_lines(picture,
			 (struct shape){ LAYER_TEXT, style, x + width, y, .font = font,
					 .is_right = true },
			 width, text);
}

struct extent picture_label_extent(int width, const char *text)
{
	int inner = width - 2 * LABEL_PAD_X, whole = font_measure(LABEL_FONT, text);
	struct extent extent = { 0, 2 * LABEL_PAD_Y };

	extent.width = (whole < inner ? whole : inner) + 2 * LABEL_PAD_X;
	while (*text) {
		text += text_line(text, inner, fonts[LABEL_FONT].size,
				  fonts[LABEL_FONT].is_bold);
		text += *text == ' ';
		extent.height += fonts[LABEL_FONT].line;
	}
	return extent;
}

struct extent picture_label(struct picture *picture, enum style style, int x, int y,
			    int width, const char *text)
{
	struct extent extent = picture_label_extent(width, text);

	picture_box(picture, style, x, y, extent.width, extent.height);
	picture_text(picture, style + 1, LABEL_FONT, x + LABEL_PAD_X, y + LABEL_PAD_Y,
		     width - 2 * LABEL_PAD_X, text);
	return extent;
}
