// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs programs of the system as children, hands over their output, and handles Ctrl-C so that it leaves
 * no half-made change.
 */
#include "cmd/setup/child.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

static volatile sig_atomic_t was_interrupted;
static volatile sig_atomic_t running; /* the child's process id; 0: none */

static void end_unchanged(int number)
{
	static const char text[] = "\nvfio-claim: interrupted; nothing was changed\n";
	ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)n;
	(void)number;
	_exit(1);
}

/* A terminal signals the child too; a second signal does no harm. */
static void remember(int number)
{
	int saved = errno;

	was_interrupted = 1;
	if (running > 0)
		kill(running, number);
	errno = saved;
}

static void handle_with(void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
}

void child_guard_nothing_changed(void)
{
	handle_with(end_unchanged);
}

void child_guard_changes(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	handle_with(remember);
	sigaction(SIGPIPE, &ignore, NULL); /* a closed pipe must not end a change either */
}

bool child_was_interrupted(void)
{
	return was_interrupted;
}

static void become(const char *const *arguments, int output, const sigset_t *mask)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &usual, NULL);
	sigaction(SIGPIPE, &usual, NULL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	close(STDIN_FILENO); /* the child must not ask; below it reads /dev/null */
	if (freopen("/dev/null", "r", stdin) == NULL)
		_exit(127);
	execvp(arguments[0], (char *const *)arguments);
	fprintf(stderr, "%s: %s\n", arguments[0], strerror(errno));
	_exit(127);
}

static void read_output(int input, void (*take)(void *data, const char *line), void *data)
{
	FILE *stream = fdopen(input, "r");
	size_t capacity = 0;
	_cleanup_free_ char *line = NULL;

	if (!stream) {
		close(input);
		return;
	}
	while (getline(&line, &capacity, stream) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		take(data, line);
	}
	fclose(stream);
}

static int wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	running = 0;
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

int child_run(const char *const *arguments, void (*take)(void *data, const char *line),
	      void *data)
{
	sigset_t held, mask;
	int output[2];
	pid_t child;

	if (pipe(output) < 0)
		return -errno;
	fflush(stdout);
	/* A signal between fork() and the assignment to `running` would miss the child. */
	sigemptyset(&held);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&held, signals[i]);
	sigprocmask(SIG_BLOCK, &held, &mask);
	child = fork();
	if (child == 0) {
		close(output[0]);
		become(arguments, output[1], &mask);
	}
	running = child > 0 ? child : 0;
	sigprocmask(SIG_SETMASK, &mask, NULL);
	close(output[1]);
	if (child < 0) {
		close(output[0]);
		return -EAGAIN;
	}
	read_output(output[0], take, data);
	return wait_for(child);
}

const char *child_format(const char *const *arguments, char *buffer, size_t size)
{
	size_t used = 0;

	*buffer = '\0';
	for (; *arguments && used < size; arguments++)
		used += snprintf(buffer + used, size - used, "%s%s", used ? " " : "",
				 *arguments);
	return buffer;
}
