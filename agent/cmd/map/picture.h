/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture as shapes with coordinates in pixels: what layout.c makes and svg.c writes. */
#pragma once

#include "base/util.h"

#include <stdio.h>

/* From the back to the front. */
enum layer { LAYER_FRAME, LAYER_WIRE, LAYER_BOX, LAYER_LABEL, LAYER_TEXT, LAYER_COUNT_ };

/* The look of a shape, in light and in dark: a row of svg.c. */
enum style {
	STYLE_PAGE,
	STYLE_WIRE,
	STYLE_STEM, /* a root bus or a port */
	STYLE_TEXT,
	STYLE_MUTED,
	STYLE_WARN, /* text: why functions share a group */
	/* Boxes, each with the text of a label in it. */
	STYLE_FRAME, /* a group */
	STYLE_FRAME_TEXT,
	STYLE_FRAME_CARD, /* a group with a display */
	STYLE_FRAME_CARD_TEXT,
	STYLE_CLAIMED,
	STYLE_CLAIMED_TEXT,
	STYLE_CLAIMABLE,
	STYLE_CLAIMABLE_TEXT,
	STYLE_CONFIGURED,
	STYLE_CONFIGURED_TEXT,
	STYLE_REFUSED,
	STYLE_REFUSED_TEXT,
	STYLE_HOST,
	STYLE_HOST_TEXT,
	STYLE_CULPRIT,
	STYLE_CULPRIT_TEXT,
	STYLE_COUNT_,
};

enum font {
	FONT_TITLE,
	FONT_CARD,
	FONT_STRONG,
	FONT_PLAIN,
	FONT_SMALL,
	FONT_SMALL_STRONG
};

unsigned font_size(enum font font);
bool font_is_bold(enum font font);
/* From the top of a line to its baseline. */
unsigned font_ascent(enum font font);
unsigned font_measure(enum font font, const char *text);

struct shape {
	enum layer layer;
	enum style style;
	int x, y, width,
		height; /* of a wire its other end; of a text x, y of its baseline */
	enum font font;
	bool is_right; /* a text that ends at x */
	char *text;    /* NULL: a box, or a wire */
};

struct picture {
	struct shape *shapes;
	size_t n, capacity;
	int width, height;
	char *description; /* for those who do not see it */
	int error;	   /* -ENOMEM: shapes are missing */
};

void picture_done(struct picture *picture);
void picture_box(struct picture *picture, enum style style, int x, int y, int width,
		 int height);
void picture_wire(struct picture *picture, int x, int y, int to_x, int to_y);

/* Text in lines of at most this width, from the top y; returns the height. */
int picture_text(struct picture *picture, enum style style, enum font font, int x, int y,
		 int width, const char *text);
/* The same, with each line ending at x + width. */
int picture_text_right(struct picture *picture, enum style style, enum font font, int x,
		       int y, int width, const char *text);

/* A label that is at most `width` wide. `style` is the box's. */
struct extent {
	int width, height;
};
struct extent picture_label(struct picture *picture, enum style style, int x, int y,
			    int width, const char *text);
/* Its size. */
struct extent picture_label_extent(int width, const char *text);

/* As an element of HTML, or as a file of its own. */
void picture_write_svg(const struct picture *picture, bool is_file, FILE *stream);

struct map;
/* 0 or -ENOMEM. */
int MUST_CHECK layout_make(const struct map *map, struct picture *ret_picture);
