// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads and writes the remembered cards below /var/lib/vfio-claim. decide/known.c defines the
 * lines.
 */
#include "host/known-file.h"

#include "base/buffer.h"

#include <stdio.h>

static const char heading[] =
	"# Cards that /etc/vfio-claim.conf selects, and similar cards, as vfio-claim saw them.\n"
	"# While one is absent, vfio-claim does not mistake another for it. Written when a boot\n"
	"# image is built; 'vfio-claim setup SELECTOR' starts over with the installed cards.\n";

int known_file_text(const struct known_cards *known, char **ret_text)
{
	char line[KNOWN_LINE_SIZE];
	struct buffer text;

	*ret_text = NULL;
	if (!known->n)
		return 0;
	if (buffer_open(&text) < 0)
		return -ENOMEM;
	fputs(heading, text.stream);
	for (size_t i = 0; i < known->n; i++)
		fprintf(text.stream, "%s\n", known_format(&known->items[i], line));
	return buffer_close(&text, ret_text);
}

char *known_file_read(const struct root *root)
{
	char *text = NULL;
	size_t size;

	return root_read_file(root, KNOWN_PATH, KNOWN_SIZE_MAX, &text, &size) == 0 ? text :
										     NULL;
}

int known_file_write(const struct root *root, const char *text)
{
	_cleanup_free_ char *now = known_file_read(root);

	if (is_string_equal(now, text))
		return 0;
	if (!text)
		return root_remove(root, KNOWN_PATH);
	return root_replace_durably(root, KNOWN_FOLDER, KNOWN_NAME, text, strlen(text));
}
