// SPDX-License-Identifier: GPL-2.0-or-later
/* Carries reports from the worker to its parent, each in a frame that begins with its length. */
#include "act/channel.h"

#include "model/model.h"
#include "report/report-pack.h"
#include "report/report.h"

#define RESERVE_MOST_MS 2000

struct frame {
	uint32_t size;
	uint32_t timeout_s;
	uint32_t is_final;
	uint32_t exit_code; /* in a frame without a report */
};

int64_t channel_work_ms(unsigned timeout_s)
{
	int64_t all = (int64_t)timeout_s * 1000, reserve = all / 4;

	return all - (reserve < RESERVE_MOST_MS ? reserve : RESERVE_MOST_MS);
}

/* The worker's end ---------------------------------------------------------------------- */

static int write_all(int fd, const void *data, size_t size)
{
	const char *bytes = data;

	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		size -= n;
	}
	return 0;
}

int supervised_tell(struct supervised *worker, struct json_object *report,
		    unsigned timeout_s, bool is_final)
{
	struct frame frame = { .timeout_s = timeout_s, .is_final = is_final };
	_cleanup_free_ char *bytes = NULL;
	size_t size;
	int r;

	bytes = document_pack(report, &size);
	if (!bytes)
		return -ENOMEM;
	frame.size = size;
	worker->deadline_ms = worker->started_ms + channel_work_ms(timeout_s);
	r = write_all(worker->fd, &frame, sizeof(frame));
	if (r == 0)
		r = write_all(worker->fd, bytes, size);
	if (r == -EPIPE) {
		worker->unheard = steal(bytes);
		worker->unheard_size = size;
		worker->is_unheard_final = is_final;
	}
	return r;
}

void supervised_tell_kept(struct supervised *worker, int exit_code)
{
	struct frame frame = { .is_final = true, .exit_code = exit_code };

	/* A parent that does not hear it keeps the report once more. */
	(void)!write_all(worker->fd, &frame, sizeof(frame));
}

/* The parent's end ---------------------------------------------------------------------- */

static bool take_report(struct channel *channel, const struct frame *frame)
{
	char *bytes = malloc(frame->size);

	if (!bytes)
		return false;
	memcpy(bytes, channel->buffer + sizeof(*frame), frame->size);
	free(channel->last);
	channel->last = bytes;
	channel->last_size = frame->size;
	if (frame->timeout_s >= 1 && frame->timeout_s <= TIMEOUT_MAX_S)
		channel->timeout_s = frame->timeout_s;
	channel->has_final = frame->is_final;
	return true;
}

static void take_frames(struct channel *channel)
{
	struct frame frame;

	while (channel->used >= sizeof(frame)) {
		size_t whole;

		memcpy(&frame, channel->buffer, sizeof(frame));
		whole = sizeof(frame) + frame.size;
		if (frame.size > REPORT_SIZE_MAX || channel->used < whole)
			return;
		if (frame.size == 0) {
			channel->is_kept = true;
			channel->exit_code = frame.exit_code;
		} else if (!take_report(channel, &frame)) {
			return;
		}
		channel->used -= whole;
		memmove(channel->buffer, channel->buffer + whole, channel->used);
	}
}

int channel_receive(struct channel *channel)
{
	ssize_t n;

	if (channel->capacity - channel->used < 65536) {
		size_t capacity = channel->capacity + 65536;
		char *grown;

		if (capacity > 2 * REPORT_SIZE_MAX)
			return -EFBIG;
		grown = realloc(channel->buffer, capacity);
		if (!grown)
			return -ENOMEM;
		channel->buffer = grown;
		channel->capacity = capacity;
	}
	n = read(channel->fd, channel->buffer + channel->used,
		 channel->capacity - channel->used);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -errno;
	channel->used += n;
	take_frames(channel);
	return n > 0;
}

void channel_done(struct channel *channel)
{
	free(channel->buffer);
	free(channel->last);
	*channel = (struct channel){ .fd = channel->fd };
}
