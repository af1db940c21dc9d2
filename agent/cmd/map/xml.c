// SPDX-License-Identifier: GPL-2.0-or-later
/* Escapes text for XML and HTML. Never passes on a byte that could end a text, or that XML forbids. */
#include "cmd/map/xml.h"

#include "base/util.h"

/* The bytes of the character that begins here; 0: not UTF-8. */
static size_t character_size(const unsigned char *c)
{
	static const struct {
		unsigned char mask, lead;
		size_t size;
		uint32_t least;
	} forms[] = { { 0x80, 0, 1, 0 },
		      { 0xe0, 0xc0, 2, 0x80 },
		      { 0xf0, 0xe0, 3, 0x800 },
		      { 0xf8, 0xf0, 4, 0x10000 } };

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		uint32_t code = *c & (unsigned char)~forms[i].mask;
		size_t n = 1;

		if ((*c & forms[i].mask) != forms[i].lead)
			continue;
		for (; n < forms[i].size && (c[n] & 0xc0) == 0x80; n++)
			code = code << 6 | (c[n] & 0x3f);
		return n == forms[i].size && code >= forms[i].least && code <= 0x10ffff &&
				       (code < 0xd800 || code > 0xdfff) && code != 0xfffe &&
				       code != 0xffff && (code < 0x7f || code > 0x9f) ?
			       n :
			       0;
	}
	return 0;
}

static const char *entity(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\n':
		return "\n";
	default:
		return c < ' ' ? "?" : NULL;
	}
}

void xml_write(FILE *stream, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c;) {
		size_t n = character_size(c);
		const char *written = n ? entity(*c) : "?";

		if (written)
			fputs(written, stream);
		else
			fwrite(c, 1, n, stream);
		c += n ? n : 1;
	}
}
