// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures text without a font: by the widths of DejaVu Sans, the widest of the fonts that browsers
 * take for sans-serif. Pure.
 */
#include "cmd/map/text-width.h"

#define FIRST ' '
#define OTHER 1040 /* any character beyond ASCII: an em, and a little more */

/* Of the characters from the blank to the tilde, in thousandths of an em. */
static const uint16_t regular[] = {
	318,  401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337,
	637,  637, 637, 637, 637, 637, 637, 637, 637, 637, 337, 337, 838, 838, 838, 531,
	1000, 685, 687, 699, 771, 632, 576, 775, 752, 295, 295, 656, 558, 863, 749, 788,
	604,  788, 695, 635, 611, 732, 685, 989, 686, 611, 686, 391, 337, 391, 838, 500,
	500,  613, 635, 550, 635, 616, 353, 635, 634, 278, 278, 580, 278, 975, 634, 612,
	635,  635, 412, 521, 393, 634, 592, 818, 592, 592, 525, 637, 337, 637, 838,
};
static const uint16_t bold[] = {
	349, 457, 521, 838, 696,  1002, 873, 307,  458, 458, 523, 838, 380, 416,
	380, 366, 696, 696, 696,  696,	696, 696,  696, 696, 696, 696, 400, 400,
	838, 838, 838, 581, 1000, 774,	763, 734,  831, 684, 684, 821, 837, 373,
	373, 775, 638, 996, 837,  851,	733, 851,  771, 721, 683, 813, 774, 1104,
	771, 725, 726, 458, 366,  458,	838, 500,  500, 675, 716, 593, 716, 679,
	436, 716, 712, 343, 343,  666,	343, 1042, 712, 688, 716, 716, 494, 596,
	479, 712, 652, 924, 646,  652,	583, 712,  366, 712, 838,
};

/* In thousandths of an em; the bytes of a character after its first add nothing. */
static unsigned byte_width(unsigned char c, bool is_bold)
{
	if ((c & 0xc0) == 0x80)
		return 0;
	if (c < FIRST || (size_t)(c - FIRST) >= ARRAY_SIZE(regular))
		return OTHER;
	return is_bold ? bold[c - FIRST] : regular[c - FIRST];
}

unsigned text_width(const char *text, size_t bytes, unsigned size, bool is_bold)
{
	unsigned sum = 0;

	for (size_t i = 0; i < bytes && text[i]; i++)
		sum += byte_width(text[i], is_bold);
	return (sum * size + 999) / 1000;
}

size_t text_line(const char *text, unsigned width, unsigned size, bool is_bold)
{
	size_t blank = 0, i = 0;
	unsigned sum = 0;

	for (; text[i]; i++) {
		if (text[i] == ' ')
			blank = i;
		sum += byte_width(text[i], is_bold);
		if (sum * size > width * 1000)
			break;
	}
	if (!text[i])
		return i;
	if (blank)
		return blank;
	if (i)
		return i;
	do /* a whole character, however narrow the line */
		i++;
	while (((unsigned char)text[i] & 0xc0) == 0x80);
	return i;
}
