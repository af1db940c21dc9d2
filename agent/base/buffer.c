// SPDX-License-Identifier: GPL-2.0-or-later
/* Builds a text in memory. Never returns a truncated one. */
#include "base/buffer.h"

int buffer_open(struct buffer *buffer)
{
	*buffer = (struct buffer){};
	buffer->stream = open_memstream(&buffer->text, &buffer->size);
	return buffer->stream ? 0 : -ENOMEM;
}

int buffer_close(struct buffer *buffer, char **ret_text)
{
	bool is_whole = !ferror(buffer->stream);

	is_whole &= fclose(buffer->stream) == 0;
	if (!is_whole || !buffer->text) {
		free(buffer->text);
		return -ENOMEM;
	}
	*ret_text = buffer->text;
	return 0;
}
