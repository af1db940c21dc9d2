// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs the rest of the program in a child with a deadline, and tells how it ended. */
#include "cmd/after/apart.h"

#include "base/clock.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* The child holds the other end until it ends. */
static bool has_ended(int pipe_end, unsigned seconds)
{
	struct pollfd ended = { .fd = pipe_end, .events = POLLIN };
	int64_t deadline = clock_ms() + (int64_t)seconds * 1000, left;
	int r = -1;

	while ((left = deadline - clock_ms()) > 0) {
		r = poll(&ended, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (r > 0 || (r < 0 && errno != EINTR))
			break;
	}
	return r > 0;
}

static enum apart_end wait_for(pid_t child, int pipe_end, unsigned seconds, int *ret_code)
{
	int status;

	if (!has_ended(pipe_end, seconds)) {
		kill(child,
		     SIGKILL); /* a child that hangs in the kernel ends later, or never */
		return APART_LATE;
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR) {
			*ret_code = errno;
			return APART_FAILED;
		}
	*ret_code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	return WIFSIGNALED(status) ? APART_CRASHED : APART_ENDED;
}

static char *make_note(void)
{
	void *note = mmap(NULL, APART_NOTE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return note == MAP_FAILED ? NULL : note;
}

enum apart_end apart_run(unsigned seconds, struct apart *ret_apart)
{
	enum apart_end answer;
	int ends[2];
	pid_t child;

	*ret_apart = (struct apart){ .note = make_note() };
	if (pipe2(ends, O_CLOEXEC) < 0) {
		ret_apart->code = errno;
		return APART_FAILED;
	}
	fflush(NULL); /* else both print what is buffered */
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		return APART_IS_CHILD;
	}
	close(ends[1]);
	ret_apart->code = errno;
	answer = child < 0 ? APART_FAILED :
			     wait_for(child, ends[0], seconds, &ret_apart->code);
	close(ends[0]);
	return answer;
}

void apart_done(struct apart *apart)
{
	if (apart->note)
		munmap(apart->note, APART_NOTE_SIZE);
	apart->note = NULL;
}

void apart_note(const struct apart *apart, const char *text)
{
	if (apart->note)
		snprintf(apart->note, APART_NOTE_SIZE, "%s", text);
}
